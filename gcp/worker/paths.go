package worker

import (
	"slices"
	"strings"
)

// opaque are flags whose values belong to a container or an image, not to files
// that the docker client opens.
var opaque = []string{"-e", "--env", "--build-arg", "-l", "--label", "-w", "--workdir", "-t", "--tag", "--name", "--entrypoint"}

// hereArgs are the step's arguments with the paths of its folders turned into
// this process's, and those of mounts into the Docker daemon's. What belongs to a container or an image is left alone: of run,
// create and exec only the sources of mounts and the client's own files.
func (r StepRequest) hereArgs() []string {
	out := slices.Clone(r.Step.Args)
	inside := inContainer(out)
	for i, arg := range out {
		flag, value := "", arg
		switch name, rest, ok := strings.Cut(arg, "="); {
		case ok && strings.HasPrefix(arg, "-"):
			flag, value = name, rest
		case i > 0 && strings.HasPrefix(out[i-1], "-") && !strings.Contains(out[i-1], "="):
			flag = out[i-1]
		}
		lead := arg[:len(arg)-len(value)]
		switch {
		case flag == "-v" || flag == "--volume":
			from, rest, ok := strings.Cut(value, ":")
			if at, in := r.source(from); ok && in {
				out[i] = lead + at + ":" + rest
			}
		case flag == "--mount":
			out[i] = lead + mapFields(r.source, value, "src", "source")
		case flag == "--env-file" || flag == "--cidfile" || flag == "--iidfile":
			out[i] = lead + mapFields(r.here, value)
		case inside || slices.Contains(opaque, flag):
		default:
			out[i] = lead + mapFields(r.here, value, "src", "source", "dest", "context", "ssh", "default")
		}
	}
	return out
}

// inContainer says whether what follows the command's flags runs in a container.
func inContainer(args []string) bool {
	if len(args) > 1 && args[0] == "container" {
		args = args[1:]
	}
	return len(args) > 0 && slices.Contains([]string{"run", "create", "exec"}, args[0])
}

// mapFields maps a value that is a path, or the paths in k=v,k=v: of any key
// where the value is a single pair, else of the keys named.
func mapFields(to func(string) (string, bool), value string, keys ...string) string {
	if at, ok := to(value); ok {
		return at
	}
	if !strings.Contains(value, "=") {
		return value
	}
	fields := strings.Split(value, ",")
	for i, f := range fields {
		k, v, _ := strings.Cut(f, "=")
		if at, ok := to(v); ok && (len(fields) == 1 || slices.Contains(keys, k)) {
			fields[i] = k + "=" + at
		}
	}
	return strings.Join(fields, ",")
}
