package worker

import (
	"slices"
	"strings"
)

// hereArgs are the step's arguments with the paths of its folders turned into
// this process's, and those of mounts into the Docker daemon's. What belongs to
// a container or an image is left alone: of run, create and exec only the
// sources of mounts and the client's own files are mapped.
func (r StepRequest) hereArgs() []string {
	out := slices.Clone(r.Step.Args)
	inside, images := inContainer(out), len(out)
	if inside {
		images = min(operand(out)+1, images)
	}
	for i := range images {
		out[i] = r.Options.resolve(out[i])
	}
	for _, w := range words(out) {
		switch {
		case slices.Contains(mountFlags, w.flag):
			from, rest, ok := strings.Cut(w.value, ":")
			if at, in := r.source(from); ok && in {
				out[w.at] = w.lead + at + ":" + rest
			}
		case w.flag == "--mount":
			out[w.at] = w.lead + mapFields(r.source, w.value, "src", "source")
		case slices.Contains(fileFlags, w.flag):
			out[w.at] = w.lead + mapFields(r.here, w.value)
		case inside || slices.Contains(opaque, w.flag):
		default:
			out[w.at] = w.lead + mapFields(r.here, w.value, "src", "source", "dest", "context", "ssh", "default")
		}
	}
	return out
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
