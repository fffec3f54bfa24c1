package worker

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// naming are the instructions that name images.
	naming = regexp.MustCompile(`(?i)^\s*(FROM|ARG|COPY|RUN)\s`)
	// names are what an image's name can be in them: of RUN that of a mount.
	names = regexp.MustCompile(`[^\s=,"']+`)
	mount = regexp.MustCompile(`--mount=\S+`)
)

// resolveDockerfile lets a docker build take a copy of its Dockerfile in which images
// are named as they are reached from here, if that is another name. dir is where the
// client runs.
func (r StepRequest) resolveDockerfile(dir string, args []string) ([]string, error) {
	if r.Options.Resolve == nil {
		return args, nil
	}
	at := slices.Index(args[:min(len(args), 2)], "build")
	if at < 0 {
		return args, nil
	}
	path, flag := dockerfile(dir, args, at)
	if path == "" || !r.within(path) {
		return args, nil // Docker says what is wrong
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return args, nil
	}
	text := r.Options.resolveImages(string(data))
	if text == string(data) {
		return args, nil
	}
	name := filepath.Join(r.Options.Outputs, "dockerfile", strconv.Itoa(r.Index), filepath.Base(path))
	if err := writePrivate(name, text); err != nil {
		return nil, fmt.Errorf("preparing the Dockerfile: %w", err)
	}
	// It has its own ignore file beside it.
	if ignore, err := os.ReadFile(path + ".dockerignore"); err == nil && r.within(path+".dockerignore") {
		if err := writePrivate(name+".dockerignore", string(ignore)); err != nil {
			return nil, fmt.Errorf("preparing the Dockerfile: %w", err)
		}
	}
	out := slices.Clone(args)
	if flag.flag == "" {
		return slices.Insert(out, at+1, "--file="+name), nil
	}
	out[flag.at] = flag.lead + name
	return out, nil
}

// dockerfile is the file that a docker build reads, and the flag that names it, if one
// does; "" for none on this machine.
func dockerfile(dir string, args []string, build int) (path string, flag word) {
	here := func(p string) string {
		if filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(dir, p)
	}
	for _, w := range words(args) {
		if w.flag == "-f" || w.flag == "--file" {
			return here(w.value), w
		}
	}
	for _, a := range slices.Backward(args[build+1:]) {
		p := filepath.Join(here(a), "Dockerfile")
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() && !strings.HasPrefix(a, "-") {
			return p, word{}
		}
	}
	return "", word{}
}

// resolveImages resolves the images that a Dockerfile's instructions name.
func (o *Options) resolveImages(text string) string {
	var b strings.Builder
	instruction := ""
	for line := range strings.Lines(text) {
		if instruction == "" {
			if m := naming.FindStringSubmatch(line); m != nil {
				instruction = strings.ToUpper(m[1])
			}
		}
		here := func(s string) string { return names.ReplaceAllStringFunc(s, o.resolve) }
		switch instruction {
		case "":
			b.WriteString(line)
			continue
		case "RUN":
			b.WriteString(mount.ReplaceAllStringFunc(line, here))
		default:
			b.WriteString(here(line))
		}
		if !strings.HasSuffix(strings.TrimRight(line, " \t\r\n"), `\`) {
			instruction = ""
		}
	}
	return b.String()
}
