import { custom, databaseFile, flag, integer, oneOf, path, pattern, secret, text, type Format } from './formats.ts';
import { isObject, quoted } from '../../text/safe-text.ts';
import { key, optional } from './node.ts';

/** How the connection to MySQL is encrypted, as written: paths are not resolved yet. */
export type SslSetting = true | Readonly<Record<string, unknown>>;
const ssl: Format<SslSetting> = {
  open: true,
  ...custom<SslSetting>(
    'true, or an object with any of ca, cert, key (paths of PEM files), verifyIdentity and rejectUnauthorized (true or false)',
    {
      anyOf: [
        { const: true },
        {
          type: 'object',
          additionalProperties: false,
          properties: {
            ca: { type: 'string', description: "PEM file of the authorities to trust instead of the system's." },
            cert: { type: 'string', description: 'PEM file of the client certificate.' },
            key: { type: 'string', description: "PEM file of the client certificate's private key." },
            verifyIdentity: {
              type: 'boolean',
              description:
                'false accepts a certificate that was issued for another host: only for an authority that signs for no other host.',
              default: true,
            },
            rejectUnauthorized: {
              type: 'boolean',
              description: 'false accepts any server: encrypted, but not authenticated.',
              default: true,
            },
          },
        },
      ],
    },
    (value): value is SslSetting => value === true || isObject(value),
  ),
};

// A name or an IPv4 address has no colon, an IPv6 address has two at least: one alone begins a port.
const hostPattern =
  /^([A-Za-z0-9_][A-Za-z0-9._-]{0,254}|\[?[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{0,40}(%[A-Za-z0-9._-]{1,40})?\]?)$/;

const hostName = (what: string): Format<string> => ({
  ...pattern(hostPattern, `${what}, without protocol, user or port`),
  hint: (value) => {
    const [, host, port] = (typeof value === 'string' && /^(\[[0-9A-Fa-f:.]+\]|[\w.-]+):(\d{1,5})$/.exec(value)) || [];
    return host === undefined ? undefined : `${quoted(host)}, and ${port} as the port`;
  },
});

/** An IPv6 address without the brackets that it has in URLs. */
export const unbracketed = (host: string): string => host.replace(/^\[|\]$/g, '');

/** The section `database.sshTunnel`. */
const sshTunnelSchema = {
  host: optional({
    type: hostName("a host name, an address or a name of ssh's own configuration"),
    doc: 'mysql: SSH host through which the server is reached: an address, or a `Host` of `~/.ssh/config`. Its key must be known already. null: no tunnel. docs/connections.md tells more.',
  }),
  port: optional({
    type: integer(1, 65_535),
    doc: "mysql: port of the SSH host; null: as ssh's configuration says, else 22.",
  }),
  user: optional({
    type: pattern(/^[A-Za-z0-9_.][A-Za-z0-9_.@+-]{0,79}$/, "a user's name"),
    doc: "mysql: user on the SSH host; null: as ssh's configuration says, else your name here.",
  }),
  keyFile: optional({
    type: path('a private key'),
    doc: "mysql: private key to log in with; the agent's others are not offered; `~/` is your home; null: the agent's keys and those of ssh's configuration.",
  }),
  passphrase: optional({
    type: secret,
    sensitive: true,
    doc: 'mysql: passphrase of an encrypted key; never printed. Give it in the environment or in `credentials`, or use an agent.',
  }),
  knownHostsFile: optional({
    type: path('a known_hosts file'),
    doc: "mysql: file with the SSH host's key, and no other file; null: `~/.ssh/known_hosts`, or as ssh's configuration says.",
  }),
  remoteHost: optional({
    type: hostName('a host name or address'),
    doc: "mysql: the server's name or address as the SSH host knows it; null: `database.host`.",
  }),
  remotePort: optional({
    type: integer(1, 65_535),
    doc: "mysql: the server's port as the SSH host knows it; null: `database.port`.",
  }),
} as const;

/** The keys of one file. */
export const sqliteKeys = {
  file: key({
    type: databaseFile,
    default: 'experiments.sqlite',
    doc: 'sqlite: the database file, created when it is missing. Not on a network file system. `:memory:` is none, for tests: the study is gone when its process ends.',
  }),
  synchronous: key({
    type: oneOf('full', 'normal'),
    default: 'full',
    doc: 'sqlite: `full` loses nothing when the power fails; `normal` commits faster and may then lose the last commits, never the file.',
  }),
} as const;

/** The keys of a server. */
export const mysqlKeys = {
  host: key({
    type: hostName('a host name or address'),
    default: '127.0.0.1',
    doc: 'mysql: host name or address of the server.',
  }),
  port: key({ type: integer(1, 65_535), default: 3306, doc: 'mysql: TCP port of the server.' }),
  name: optional({
    type: text('a database name', 64),
    doc: 'mysql: the database that holds the tables; required, and never created.',
  }),
  user: optional({
    type: text('a user name', 80),
    doc: 'mysql: the user to connect as; better in the environment or in `credentials`.',
  }),
  password: optional({
    type: secret,
    sensitive: true,
    doc: 'mysql: the password; never printed. Give it in the environment or in `credentials`, so that the configuration can be shared.',
  }),
  credentials: optional({
    type: path('a .json, .yml or .yaml file'),
    doc: 'mysql: a JSON or YAML file with `user`, `password` and, for a tunnel, `sshPassphrase` that only its owner can read (chmod 600).',
  }),
  socketPath: optional({
    type: path('a Unix socket'),
    doc: 'mysql: Unix socket of a server on this machine; takes the place of `host` and `port`.',
  }),
  ssl: optional({
    type: ssl,
    doc: "mysql: encryption of the connection. null: none; true: encrypted, server checked against the system's authorities; an object names own PEM files.",
  }),
  allowCleartextPassword: key({
    type: flag,
    default: false,
    doc: 'mysql: whether a server of another machine may ask for the password itself without TLS, or by a method that sends it as it is. `caching_sha2_password` of MySQL does so for the first login after its start; so can anyone who takes the place of the server. With false only a hash is sent. Not needed with `ssl`, through a tunnel, or on this machine.',
  }),
  sshTunnel: sshTunnelSchema,
} as const;

/** The section `database`. */
export const databaseSchema = {
  provider: key({
    type: oneOf('sqlite', 'mysql'),
    default: 'sqlite',
    doc: 'Kind of database: `sqlite` is one file for runners of one machine, `mysql` (MySQL ≥ 8.0.4 or MariaDB ≥ 10.6) a server for runners anywhere.',
  }),
  ...sqliteKeys,
  localTime: key({
    type: flag,
    default: false,
    doc: 'Whether dates and times of the tables are in the time of the machine that writes them, as PyExperimenter has them, instead of UTC. Use it where a table is shared with Python, and let no two machines of different time zones write it.',
  }),
  ...mysqlKeys,
} as const;
