package worker

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// switches are the variables that tell the docker client how to work, and name no
// program, file or host of the machine it runs on.
var switches = []string{"DOCKER_BUILDKIT", "DOCKER_CLI_HINTS", "DOCKER_CONTENT_TRUST", "DOCKER_DEFAULT_PLATFORM", "DOCKER_SCAN_SUGGEST",
	"BUILDKIT_COLORS", "BUILDKIT_PROGRESS", "BUILDKIT_TTY_LOG_LINES", "BUILDX_METADATA_PROVENANCE", "BUILDX_METADATA_WARNINGS",
	"BUILDX_NO_DEFAULT_ATTESTATIONS", "NO_COLOR", "PROGRESS_NO_TRUNC", "SOURCE_DATE_EPOCH"}

// handOver gives the step's variables to what its arguments hand them on to, and
// the client, a process of this machine that LD_PRELOAD or PATH would change, only
// those that are switches of its own: a build's argument gets its value, a build's
// secret its variable under a name that no program knows, a container its variables
// by a file, as others may read a process's arguments.
func (r StepRequest) handOver(args []string) (out, env []string, err error) {
	out = slices.Clone(args)
	vars, used := map[string]string{}, map[string]bool{}
	for _, e := range r.Env {
		name, value, _ := strings.Cut(e, "=")
		vars[name] = value
		if slices.Contains(switches, name) {
			env, used[name] = append(env, e), true
		}
	}
	inside := inContainer(args)
	for _, w := range words(args) {
		switch value, ok := vars[w.value]; {
		case w.flag == "--secret" && !inside:
			rest, name := secretVariable(w.value)
			if value, ok := vars[name]; ok {
				alias := "STEP_SECRET_" + strconv.Itoa(w.at)
				env, used[name] = append(env, alias+"="+value), true
				out[w.at] = w.lead + rest + ",env=" + alias
			}
		case !ok:
		case w.flag == "--build-arg" && !inside:
			out[w.at], used[w.value] = w.lead+w.value+"="+value, true
		case inside && (w.flag == "-e" || w.flag == "--env"):
			used[w.value] = true
			alone := w.lead != "" || args[w.at-1] == w.flag // not -ite NAME
			if strings.Contains(value, "\n") || !alone {    // a file has it by lines
				out[w.at] = w.lead + w.value + "=" + value
				continue
			}
			file := filepath.Join(r.Options.Outputs, "env", strconv.Itoa(r.Index)+"-"+strconv.Itoa(w.at))
			if err := writePrivate(file, w.value+"="+value+"\n"); err != nil {
				return nil, nil, err
			}
			if out[w.at] = "--env-file=" + file; w.lead == "" {
				out[w.at-1], out[w.at] = "--env-file", file
			}
		}
	}
	r.tellUnused(used)
	return out, env, nil
}

// secretVariable finds which variable a build's secret is read from, and what else
// is said of it. One without a source is read from the variable of its id.
func secretVariable(value string) (rest, name string) {
	var others []string
	var id, source, kind string
	for f := range strings.SplitSeq(value, ",") {
		k, v, _ := strings.Cut(f, "=")
		switch strings.ToLower(k) {
		case "env":
			name = v
			continue
		case "src", "source":
			source = v
			continue
		case "id":
			id = v
		case "type":
			kind = v
		}
		others = append(others, f)
	}
	switch {
	case name != "":
	case kind == "env" && source != "":
		name = source
	case source == "":
		name = id
	}
	return strings.Join(others, ","), name
}

func writePrivate(file, text string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(text), 0o600)
}

// tellUnused says in the build's log which of the step's own variables reach nobody.
func (r StepRequest) tellUnused(used map[string]bool) {
	var names []string
	for _, e := range r.Step.GetEnv() {
		if name, _, _ := strings.Cut(e, "="); !used[name] {
			names = append(names, name)
		}
	}
	for _, name := range r.Step.GetSecretEnv() {
		if !used[name] {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		fmt.Fprintf(r.Stdout, "WARNING: nothing of this step gets %s: hand variables on by --build-arg NAME, --secret id=ID,env=NAME or -e NAME\n",
			strings.Join(names, ", "))
	}
}
