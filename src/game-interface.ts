/**
 * Where a game finds the interface that it imports.
 *
 * Why a hook: a game's file may lie anywhere, also where no package of that name is installed, and has to get the very interface of this server.
 */
import { registerHooks } from 'node:module';

const interfaceUrl = new URL('./game/module.ts', import.meta.url).href;

/** From here on `minotaur/game` is this server's own, until the hook is deregistered. */
export function resolveInterface(): ReturnType<typeof registerHooks> {
  return registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'minotaur/game' ? { url: interfaceUrl, shortCircuit: true } : next(specifier, context),
  });
}
