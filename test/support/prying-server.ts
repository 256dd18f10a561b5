import { constants, generateKeyPairSync, privateDecrypt, randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { once } from 'node:events';

/** The methods of authentication by which a server of MySQL can ask for the password itself. */
export const pryingMethods = ['caching_sha2_password', 'sha256_password', 'mysql_clear_password'] as const;
type Method = (typeof pryingMethods)[number];

/**
 * Takes the place of a MySQL server, and asks whoever logs in for the password itself, as somebody on the way could. It
 * speaks as much of the protocol as that needs, and then refuses the login.
 */
export class PryingServer implements AsyncDisposable {
  /** The passwords that it was told. */
  readonly learnt: string[] = [];
  /** Everything that clients sent. */
  received = Buffer.alloc(0);
  /** How many have been asked. */
  asked = 0;
  readonly #method: Method;
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();

  private constructor(method: Method) {
    this.#method = method;
  }

  static async start(method: Method): Promise<PryingServer> {
    const prying = new PryingServer(method);
    prying.#server.listen(0, '127.0.0.1');
    await once(prying.#server, 'listening');
    return prying;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}); // the client may go whenever it likes
    const scramble = Buffer.from(randomBytes(20).map((byte) => (byte % 127) + 1));
    const send = (sequence: number, payload: Buffer): void => {
      const head = Buffer.alloc(4);
      head.writeUIntLE(payload.length, 0, 3);
      head[3] = sequence;
      socket.write(Buffer.concat([head, payload]));
    };
    const refuse = (sequence: number): void =>
      send(sequence, Buffer.concat([Buffer.from([0xff, 0x15, 0x04]), Buffer.from('#28000refused')]));
    const learn = (password: string, sequence: number): void => {
      this.learnt.push(password);
      refuse(sequence);
    };
    const steps: ((payload: Buffer, next: number) => void)[] = [
      (_login, next) =>
        send(next, Buffer.concat([Buffer.from(`\xfe${this.#method}\0`, 'latin1'), scramble, Buffer.from([0])])),
      (answer, next) => {
        this.asked += 1;
        if (this.#method === 'mysql_clear_password') return learn(answer.toString().replace(/\0$/, ''), next);
        if (this.#method === 'sha256_password') return this.#sendKey(send, next); // the answer asked for it
        return send(next, Buffer.from([1, 4])); // the hash does not do: the password itself
      },
      (answer, next) => {
        if (this.#method === 'caching_sha2_password') return this.#sendKey(send, next); // the answer asked for it
        return learn(this.#decrypted(answer, scramble), next);
      },
      (answer, next) => learn(this.#decrypted(answer, scramble), next),
    ];
    let waiting = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
      waiting = Buffer.concat([waiting, bytes]);
      while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUIntLE(0, 3)) {
        const length = waiting.readUIntLE(0, 3);
        steps.shift()?.(waiting.subarray(4, 4 + length), (waiting[3] ?? 0) + 1);
        waiting = waiting.subarray(4 + length);
      }
    });
    send(0, this.#greeting(scramble));
  }

  #sendKey(send: (sequence: number, payload: Buffer) => void, sequence: number): void {
    const key = this.#keys.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    send(sequence, Buffer.concat([Buffer.from([1]), Buffer.from(key)]));
  }

  #decrypted(answer: Buffer, scramble: Buffer): string {
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    const mixed = privateDecrypt({ key: this.#keys.privateKey, padding, oaepHash: 'sha1' }, answer);
    return Buffer.from(mixed.map((byte, at) => byte ^ (scramble[at % scramble.length] ?? 0)))
      .toString()
      .replace(/\0$/, '');
  }

  #greeting(scramble: Buffer): Buffer {
    const capabilities = 0x1 | 0x8 | 0x200 | 0x8000 | 0x80000; // long password, database, 4.1, secure, methods by name
    const numbers = Buffer.alloc(10);
    numbers.writeUInt16LE(capabilities & 0xffff, 0);
    numbers[2] = 45; // utf8mb4
    numbers.writeUInt16LE(2, 3); // autocommit
    numbers.writeUInt16LE(capabilities >>> 16, 5);
    numbers[7] = 21;
    return Buffer.concat([
      Buffer.from('\x0a8.4.2\0', 'latin1'),
      Buffer.from([1, 0, 0, 0]),
      scramble.subarray(0, 8),
      Buffer.from([0]),
      numbers.subarray(0, 8),
      Buffer.alloc(10),
      scramble.subarray(8),
      Buffer.from([0]),
      Buffer.from(`${this.#method}\0`),
    ]);
  }
}
