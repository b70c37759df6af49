/**
 * The one inversify Container: what plugins gave, as singletons, by ID and by type. Nothing else imports inversify, so
 * that no plugin author needs decorators or a copy of reflect-metadata.
 */
import 'reflect-metadata/lite';
import { type BindingIdentifier, Container } from 'inversify';
import type { PluginInstances, PluginType } from './manifest.js';

const keys = {
  runtime: Symbol('runtime'),
  'mount-handler': Symbol('mount-handler'),
  'event-sink': Symbol('event-sink'),
  'log-driver': Symbol('log-driver'),
  'task-monitor': Symbol('task-monitor'),
} as const satisfies Record<PluginType, symbol>;

export class PluginContainer {
  readonly #container = new Container({ defaultScope: 'Singleton' });

  readonly #ofType = new Map<string, BindingIdentifier>();

  bind<T extends PluginType>(type: T, id: string, instance: PluginInstances[T]): void {
    this.#container.bind(id).toConstantValue(instance);
    const binding = this.#container.bind(keys[type]).toResolvedValue((resolved: unknown) => resolved, [id]);
    this.#ofType.set(id, binding.getIdentifier());
  }

  get<T extends PluginType>(id: string): PluginInstances[T] {
    return this.#container.get<PluginInstances[T]>(id);
  }

  /** In the order of binding. */
  all<T extends PluginType>(type: T): readonly PluginInstances[T][] {
    return this.#container.getAll<PluginInstances[T]>(keys[type], { optional: true });
  }

  /** Takes the instance out, then disposes of it. (inversify's own deactivation leaves out what nobody asked for.) */
  async unbind(id: string): Promise<void> {
    const instance = this.#container.get(id);
    const ofType = this.#ofType.get(id);
    if (ofType) await this.#container.unbindAsync(ofType);
    await this.#container.unbindAsync(id);
    await dispose(instance);
  }
}

/** Disposes of an instance that can be disposed of; most need nothing. */
export async function dispose(instance: unknown): Promise<void> {
  const disposable = instance as Partial<AsyncDisposable & Disposable>;
  if (Symbol.asyncDispose in disposable) await disposable[Symbol.asyncDispose]?.();
  else disposable[Symbol.dispose]?.();
}
