/** The crun backend. What is special about crun is `crunProfile`; the rest is @shiplog/oci's. */
import { definePlugin, pluginApiVersion, runtimeCapabilities } from '@shiplog/core';
import { type OciPluginConfig, type OciRuntimeProfile, ociPluginConfig, openOciRuntime } from '@shiplog/oci';

export const crunProfile: OciRuntimeProfile = {
  name: 'crun',
  binary: 'crun',
  oldest: '1.8.1',
  refusesHybridCgroups: true,
  buildsInCriu: true,
  restoresEmptyNamespaces: false,
  bindsOutsideFolders: true,
};

export const crunPlugin = definePlugin<'runtime', OciPluginConfig>({
  id: 'io.containerd.crun.v1',
  type: 'runtime',
  apiVersion: pluginApiVersion,
  version: '0.1.0',
  capabilities: runtimeCapabilities,
  config: ociPluginConfig,
  init: (context) => openOciRuntime('io.containerd.crun.v1', crunProfile, context),
});
