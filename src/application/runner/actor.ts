/**
 * A mailbox, one message at a time. `tell` never blocks and never calls `receive`: messages are received in their order,
 * in a later microtask. A database, a worker and a clock answer with a message, so that an actor never waits.
 */
export abstract class Actor<Message> {
  #mailbox: Message[] = [];
  #awake = false;
  readonly #onFault: (error: unknown) => void;

  /** `onFault` gets an error that `receive` or `onIdle` throws: a defect or a fatal answer. The other messages are received. */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  tell(message: Message): void {
    this.#mailbox.push(message);
    if (!this.#awake) this.#wake();
  }

  #work(): void {
    while (this.#mailbox.length > 0) {
      const messages = this.#mailbox;
      this.#mailbox = [];
      for (const message of messages) this.#receive(message);
    }
    try {
      this.onIdle();
    } catch (error) {
      this.#onFault(error);
    }
    this.#awake = false;
    if (this.#mailbox.length > 0) this.#wake();
  }

  #receive(message: Message): void {
    try {
      this.receive(message);
    } catch (error) {
      this.#onFault(error);
    }
  }

  #wake(): void {
    this.#awake = true;
    queueMicrotask(() => this.#work());
  }

  /** Handles one message, without waiting. */
  protected abstract receive(message: Message): void;

  /** The mailbox is empty: here comes what is better done once for many messages. */
  protected abstract onIdle(): void;
}
