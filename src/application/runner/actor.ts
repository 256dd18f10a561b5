/**
 * A mailbox, one message at a time. `tell` never blocks and never re-enters: messages are received in the order they
 * were told, in a microtask of their own. Whatever waits (a database, a worker, a clock) answers with a message.
 */
export abstract class Actor<Message> {
  #mailbox: Message[] = [];
  #awake = false;
  readonly #onFault: (error: unknown) => void;

  /** `onFault` hears of an error thrown by `receive` or `rest`, a defect or a fatal answer. The other messages are received. */
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

  /** Handles one message; returns at once. */
  protected abstract receive(message: Message): void;

  /** The mailbox is empty: time for what is better done once for many messages. */
  protected abstract onIdle(): void;
}
