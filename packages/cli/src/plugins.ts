/** The plugins that come with the command. The first runtime is the default. */
import { crunPlugin } from '@shiplog/plugin-crun';
import { mountPlugin } from '@shiplog/plugin-mount';
import { runcPlugin } from '@shiplog/plugin-runc';
import { shimPlugin } from '@shiplog/plugin-shim';

export const runtimePlugins = [runcPlugin, crunPlugin] as const;
export { mountPlugin };
export const plugins = [...runtimePlugins, shimPlugin, mountPlugin] as const;
