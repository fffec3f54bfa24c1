package worker

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// The docker builder's client is a process of this machine, where Cloud Build's is
// in a container of its own. What it opens must lie in the step's folders, whatever
// links a source or an earlier step left there.

// fileCommands are the client's commands whose values may name files.
var fileCommands = []string{"build", "bake", "compose", "cp", "load", "save", "import", "export"}

// safeGlobals are the flags before a command that lead to no file, host or program.
var safeGlobals = []string{"-D", "--debug", "-v", "--version", "--help"}

// openDir makes and opens the step's directory.
func (r StepRequest) openDir() (*os.File, error) {
	dir := r.workdir()
	for _, f := range r.folders() {
		rest, ok := strings.CutPrefix(dir, f.step)
		if !ok || rest != "" && rest[0] != '/' {
			continue
		}
		if err := os.MkdirAll(f.here, 0o755); err != nil {
			return nil, err
		}
		root, err := os.OpenRoot(f.here)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		rest = filepath.Join(".", rest)
		if err = root.MkdirAll(rest, 0o755); err == nil {
			var file *os.File
			if file, err = root.Open(rest); err == nil {
				return file, nil
			}
		}
		return nil, errs.New(errs.Usage, "Use a dir that is no link out of the step's folders.", "the dir %q of a docker step: %w", r.Step.Dir, err)
	}
	return nil, errs.New(errs.Usage, "Use a dir below /workspace.", "the dir %q of a docker step is not below /workspace", r.Step.Dir)
}

// checkPaths refuses arguments with which the client would open what is outside of
// the step's folders. dir is where it runs.
func (r StepRequest) checkPaths(dir string) error {
	args := r.Step.Args
	if len(args) > 0 && strings.HasPrefix(args[0], "-") && !slices.Contains(safeGlobals, args[0]) {
		return errs.New(errs.Usage, "Leave it out, or give the step an entrypoint, and it runs in a container.",
			"a docker step takes no %s before the command", args[0])
	}
	inside := inContainer(args)
	files := slices.ContainsFunc(args[:min(len(args), 2)], func(a string) bool { return slices.Contains(fileCommands, a) })
	for _, w := range words(args) {
		var paths []string
		switch {
		case slices.Contains(mountFlags, w.flag):
			from, _, _ := strings.Cut(w.value, ":")
			paths = r.mounted(from)
		case w.flag == "--mount":
			for _, f := range strings.Split(w.value, ",") {
				if k, v, _ := strings.Cut(f, "="); k == "src" || k == "source" {
					paths = r.mounted(v)
				}
			}
		case slices.Contains(fileFlags, w.flag), files && !inside && !slices.Contains(opaque, w.flag):
			paths = candidates(w.value)
		}
		for _, p := range paths {
			at := p
			if here, ok := r.here(p); ok {
				at = here
			} else if !filepath.IsAbs(p) {
				at = filepath.Join(dir, p)
			}
			if !r.within(at) {
				return errs.New(errs.Usage, "Use a path below /workspace that is no link out of it.",
					"the argument %q of a docker step leads out of the step's folders", args[w.at])
			}
		}
	}
	return nil
}

// mounted is what of a mount's source lies with us: a volume's name and the paths
// of the daemon's machine do not, on Cloud Build either.
func (r StepRequest) mounted(from string) []string {
	if _, ours := r.here(from); ours || strings.HasPrefix(from, ".") {
		return []string{from}
	}
	return nil
}

// candidates are what in a value may be a path: all of it, and the values in k=v,k=v.
func candidates(value string) []string {
	list := []string{value}
	if strings.Contains(value, "=") {
		for f := range strings.SplitSeq(value, ",") {
			_, v, _ := strings.Cut(f, "=")
			list = append(list, v)
		}
	}
	return list
}

// within says that a path, as far as it exists, is in one of the step's folders once
// all links are followed.
func (r StepRequest) within(path string) bool {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSymlink != 0 {
			return false // it leads to what is not there, and may be made there
		}
		return path != filepath.Dir(path) && r.within(filepath.Dir(path))
	}
	return slices.ContainsFunc(r.folders(), func(f folder) bool {
		root, err := filepath.EvalSymlinks(f.here)
		return err == nil && (real == root || strings.HasPrefix(real, root+string(filepath.Separator)))
	})
}
