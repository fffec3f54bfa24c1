package worker

import (
	"slices"
	"strings"
)

// opaque are flags whose values belong to a container or an image, not to files
// that the docker client opens.
var opaque = []string{"-e", "--env", "--build-arg", "-l", "--label", "-w", "--workdir", "-t", "--tag", "--name", "--entrypoint", "--cgroup-parent"}

// Flags of run, create and exec: sources of mounts, which the daemon opens, and
// files, which the client does.
var (
	mountFlags = []string{"-v", "--volume"}
	fileFlags  = []string{"--env-file", "--cidfile", "--iidfile", "--label-file"}
)

// runSwitches are the flags of run, create and exec that take no value.
var runSwitches = []string{"--detach", "--disable-content-trust", "--init", "--interactive", "--no-healthcheck", "--oom-kill-disable",
	"--privileged", "--publish-all", "--quiet", "--read-only", "--rm", "--sig-proxy", "--tty", "--use-api-socket"}

// word is a value among the docker client's arguments, and whose it is.
type word struct {
	at    int    // which argument it is in
	lead  string // of that argument, what is before the value: "--secret="
	flag  string // "--secret"; "" = an operand
	value string
}

// words are the arguments that the client itself reads: of what runs in a
// container, those before the image or the container.
func words(args []string) (list []word) {
	inside := inContainer(args)
	if inside {
		args = args[:operand(args)]
	}
	for i, arg := range args {
		w := word{at: i, value: arg}
		switch name, rest, ok := strings.Cut(arg, "="); {
		case ok && strings.HasPrefix(arg, "-"):
			w.flag, w.value = name, rest
		case inside && len(arg) > 2 && (strings.HasPrefix(arg, "-v") || strings.HasPrefix(arg, "-e")): // -v/a:/b
			w.flag, w.value = arg[:2], arg[2:]
		case i > 0 && len(args[i-1]) > 1 && args[i-1][0] == '-' && !strings.Contains(args[i-1], "="):
			w.flag = args[i-1]
			if inside && w.flag[1] != '-' {
				w.flag = "-" + w.flag[len(w.flag)-1:] // -itv
			}
		}
		w.lead = arg[:len(arg)-len(w.value)]
		list = append(list, w)
	}
	return list
}

// operand is where the flags of run, create or exec end.
func operand(args []string) int {
	i := 1
	if args[0] == "container" {
		i = 2
	}
	for i < len(args) && strings.HasPrefix(args[i], "-") && args[i] != "--" {
		if takesNext(args[i]) {
			i++
		}
		i++
	}
	return min(i, len(args))
}

// takesNext says whether the value of a flag is the argument after it.
func takesNext(flag string) bool {
	if strings.HasPrefix(flag, "--") {
		return !strings.Contains(flag, "=") && !slices.Contains(runSwitches, flag)
	}
	return len(strings.TrimLeft(flag[1:], "ditPq")) == 1 // -v and -itv; not -it, nor -v/a:/b
}

// inContainer says whether what follows the command's flags runs in a container.
func inContainer(args []string) bool {
	if len(args) > 1 && args[0] == "container" {
		args = args[1:]
	}
	return len(args) > 0 && slices.Contains([]string{"run", "create", "exec"}, args[0])
}
