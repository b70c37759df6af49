import { constants } from 'node:os';
import { InterruptedError } from '../errors.js';
import { signalName } from '../signals.js';

/** Those that mean the process in the foreground. */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
type Forwarded = (typeof forwarded)[number];

/** Those by which somebody wants to be rid of it. */
const endings: ReadonlySet<Forwarded> = new Set(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']);
/** A process may ignore signals, and as the first of its pid namespace does so unless it says otherwise. */
const patience = 3;

export interface ProxyTarget {
  kill(signal: number): Promise<void>;
  /** For the human at the terminal. */
  talk(text: string): void;
}

/**
 * Sends on to the container what this process is sent, as docker and podman do. Until there is a target, signals are
 * kept. The third that asks for an end is not sent any more: then nobody waits any longer.
 *
 * One that sends nothing on takes the first that asks for an end as meant for this process, and passes over the others.
 */
export class SignalProxy implements AsyncDisposable {
  readonly #source: NodeJS.EventEmitter;
  readonly #sendsOn: boolean;
  readonly #kept: Forwarded[] = [];
  readonly #gaveUp = Promise.withResolvers<never>();
  readonly #listeners = forwarded.map((name) => [name, () => this.#receive(name)] as const);
  readonly #sending = new Set<Promise<void>>();
  #target: ProxyTarget | undefined;
  #askedToEnd = 0;

  constructor(source: NodeJS.EventEmitter = process, sendsOn = true) {
    this.#source = source;
    this.#sendsOn = sendsOn;
    this.#gaveUp.promise.catch(() => {});
    for (const [name, listener] of this.#listeners) source.on(name, listener);
  }

  /** Rejects with an InterruptedError at the signal that ends the waiting. */
  get gaveUp(): Promise<never> {
    return this.#gaveUp.promise;
  }

  /** @throws InterruptedError if somebody wanted an end before anything was started */
  throwIfInterrupted(): void {
    const name = this.#kept.find((kept) => endings.has(kept));
    if (name) throw new InterruptedError(constants.signals[name]);
  }

  /** From now on, and what was kept. */
  deliverTo(target: ProxyTarget): void {
    this.#target = target;
    for (const name of this.#kept.splice(0)) this.#deliver(name, target);
  }

  #receive(name: Forwarded): void {
    if (this.#target) this.#deliver(name, this.#target);
    else this.#kept.push(name);
  }

  #deliver(name: Forwarded, target: ProxyTarget): void {
    const number = constants.signals[name];
    if (!this.#sendsOn) {
      if (endings.has(name)) this.#gaveUp.reject(new InterruptedError(number));
      return;
    }
    if (endings.has(name)) {
      this.#askedToEnd += 1;
      if (this.#askedToEnd >= patience) {
        this.#gaveUp.reject(new InterruptedError(number));
        return;
      }
      if (this.#askedToEnd === patience - 1)
        target.talk('still running; once more, and nobody waits for it any longer');
    }
    const sent = target.kill(number).catch((error: unknown) => {
      target.talk(`cannot send it ${signalName(number)}: ${error instanceof Error ? error.message : String(error)}`);
    });
    this.#sending.add(sent);
    void sent.finally(() => this.#sending.delete(sent));
  }

  /** What is on its way arrives, unless somebody is past waiting. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const [name, listener] of this.#listeners) this.#source.off(name, listener);
    await Promise.race([Promise.all(this.#sending), this.#gaveUp.promise.catch(() => {})]);
  }
}
