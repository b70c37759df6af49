import { describe, expect, it } from 'vitest';
import { parseRequest, usage } from '../src/request.js';

describe('a request', () => {
  it.each([
    [['my-runtime'], { name: 'my-runtime', type: 'runtime', id: 'io.containerd.my-runtime.v1' }],
    [['@me/x', '--type', 'event-sink'], { name: '@me/x', type: 'event-sink', id: 'io.containerd.x.v1' }],
    [['shiplog-plugin-kata'], { id: 'io.containerd.kata.v1' }],
    [['kata-shiplog-plugin'], { id: 'io.containerd.kata.v1' }],
    [['shiplog-plugin'], { id: 'io.containerd.plugin.v1' }],
    [['a_b.c'], { id: 'io.containerd.a-b-c.v1' }],
    [['x', '--id', 'io.containerd.y.v2'], { name: 'x', id: 'io.containerd.y.v2' }],
  ])('%j is understood', (args, request) => {
    expect(parseRequest(args)).toMatchObject(request);
  });

  it('for help is none', () => {
    expect(parseRequest(['--help'])).toBeUndefined();
    expect(usage).toContain('npm create shiplog-plugin NAME');
  });

  it.each([
    [[], /give the plugin a name: npm create shiplog-plugin my-runtime/],
    [['a', 'b'], /one name is enough, but there is also b/],
    [['My Runtime'], /My Runtime is no name of an npm package/],
    [['../x'], /is no name of an npm package/],
    [['x', '--type', 'sink'], /there is no type sink: use one of runtime, mount-handler, event-sink/],
    [['x', '--id', 'mine'], /mine is not a plugin ID: use io.containerd.NAME.VERSION/],
    [['x', '--colour'], /Unknown option '--colour': see --help/],
  ])('%j is refused, saying what to do', (args, message) => {
    expect(() => parseRequest(args)).toThrow(message);
  });
});
