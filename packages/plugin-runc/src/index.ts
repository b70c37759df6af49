/** The runc backend. What is special about runc is `runcProfile`; the rest is @shiplog/oci's. */
import { definePlugin, pluginApiVersion, runtimeCapabilities } from '@shiplog/core';
import { type OciPluginConfig, type OciRuntimeProfile, ociPluginConfig, openOciRuntime } from '@shiplog/oci';

export const runcProfile: OciRuntimeProfile = {
  name: 'runc',
  binary: 'runc',
  oldest: '1.1.5',
  refusesHybridCgroups: false,
  buildsInCriu: false,
  restoresEmptyNamespaces: true,
  bindsOutsideFolders: false,
};

export const runcPlugin = definePlugin<'runtime', OciPluginConfig>({
  id: 'io.containerd.runc.v2',
  type: 'runtime',
  apiVersion: pluginApiVersion,
  version: '0.1.0',
  capabilities: runtimeCapabilities,
  config: ociPluginConfig,
  init: (context) => openOciRuntime('io.containerd.runc.v2', runcProfile, context),
});
