package engine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/buildlock"
	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
	"github.com/gcpdeploy/gcpdeploy/internal/python/pep508"
	"github.com/gcpdeploy/gcpdeploy/internal/python/reqfile"
)

// pipLimits is pip's variable with the files of build constraints.
const pipLimits = "PIP_BUILD_CONSTRAINT"

// buildLock reads what packages are built with, where that is locked; isNew says
// that the file need not be there.
func buildLock(c *config.Config, isNew bool) (buildlock.Lock, error) {
	file := c.Wheels.LockBuildRequirements
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(c.Dir, filepath.FromSlash(file)))
	switch {
	case isNew && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, errs.At(errs.Place{File: file}, "Write it with `gcpdeploy wheels lock` and commit it, or take wheels.lock_build_requirements out until a build has told.", "there is no such file")
	case err != nil:
		return nil, errs.At(errs.Place{File: file}, "Make the file readable.", "%w", errors.Unwrap(err))
	}
	return buildlock.Parse(file, data)
}

// limits adds to the build constraints that are configured those of the locks, and
// those that pip on this machine would obey.
func (r *reader) limits() error {
	const key = "wheels.build_constraints"
	add := func(from string, texts []string) error {
		for _, text := range texts {
			limit, f := config.CheckConstraint(text)
			if f != nil {
				return errs.At(errs.Place{File: from}, f.Hint, "a build constraint %s", f.Message)
			}
			r.c.Wheels.BuildConstraints = append(r.c.Wheels.BuildConstraints, limit)
		}
		if len(texts) > 0 {
			r.c.Origin[key] = strings.TrimPrefix(r.c.Origin[key]+", "+from, ", ")
		}
		return nil
	}
	for _, l := range r.locks {
		if err := add(l.File, l.BuildConstraints); err != nil {
			return err
		}
	}
	if r.lookup == nil {
		return nil
	}
	files, _ := r.lookup(pipLimits)
	for _, file := range strings.Fields(files) {
		texts, err := r.readLimits(file)
		if err != nil {
			return err
		}
		if err := add(pipLimits, texts); err != nil {
			return err
		}
	}
	return nil
}

// readLimits reads a file of build constraints, with those that it includes; its
// name is pip's, relative to where the command runs.
func (r *reader) readLimits(file string) (texts []string, err error) {
	dir, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return nil, errs.New(errs.Usage, "Name files on this machine, or unset it.", "%s names %s, which is no file here", pipLimits, link.Mask(file))
	}
	read := reqfile.Reader{Dir: dir, Lookup: r.lookup, Do: func(s reqfile.Statement) *pep508.Fault {
		switch s.Kind {
		case reqfile.Requirement:
			limit, f := config.CheckConstraint(s.Value)
			if f != nil {
				return pep508.Faultf(s.At, f.Hint, "a build constraint %s", f.Message)
			}
			texts = append(texts, limit)
			if note := s.File + ": hashes of build constraints are not used"; len(s.Uses) > 0 && !slices.Contains(r.notes, note) {
				r.notes = append(r.notes, note)
			}
		case reqfile.Include:
		default:
			return pep508.Faultf(s.At, "write packages and their versions, as in setuptools<81", "build constraints have no options")
		}
		return nil
	}}
	return texts, read.Read(file)
}
