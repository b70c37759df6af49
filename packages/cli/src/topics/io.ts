export function page(): string {
  return `IO

What a container writes is kept by its monitor, in a log of its own, whether
anybody looks or not. It goes with the task: delete takes it away, and leaves
the events.

  shiplog run ...           prints it as it comes, stdout and stderr apart
  shiplog run -d ...        prints nothing of it
  shiplog run -i ...        gives it your stdin, for pipelines
  shiplog run -it ...       gives it a terminal: every key is for the container,
                            and ctrl-p ctrl-q leaves it alone
  shiplog attach web        prints what it writes from now on, and sends it what
                            you type, if it was created with -i
  shiplog logs web          prints what is there; --follow goes on until its end
  shiplog logs --tail 10 --since 10m -t web
                            the last ten lines of ten minutes, with times
  shiplog logs --exec ID web
                            the same of what exec started in the background

With -i a task reads your stdin, with -t it has a terminal; \`shiplog attach\` is
at its keys again, from anywhere, and leaves its log as it is:

  echo hi | shiplog run --rm -i ...
                            in a pipeline, to the end of its input
  shiplog exec -it web sh   at the keys; ctrl-p ctrl-q leaves it alone
  shiplog attach web        goes on where you left, or looks on (--no-stdin)

The log is in the format of Kubernetes' CRI, so that other programs read it:
TIME STREAM TAG TEXT, where TAG is P for a part of a line, and F for its end.

With --log-uri its output goes elsewhere, and shiplog state says where:

  --log-uri file:///var/log/web.log
                            a file, appended to
  --log-uri fifo:///run/web.out
                            stdout to a fifo; have a reader before it ends
  --log-uri binary:///usr/local/bin/logger?tag=web
                            a program: stdout is its descriptor 3, stderr 4,
                            and it closes 5 when it is ready

stdout is data, stderr is talk: also of shiplog's own. A reader that goes away
(| head -1) ends a listing quietly. In the foreground, run and exec send on
the signals that they get, and end with the container's own exit code.`;
}
