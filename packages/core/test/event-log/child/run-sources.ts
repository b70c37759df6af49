// `node --import run-sources.ts FILE.ts` runs the sources as they are, without a build: Node strips the types itself,
// and this lets an import of ./x.js find ./x.ts.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const ours = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
    return next(ours ? specifier.replace(/\.js$/, '.ts') : specifier, context);
  },
});
