package lockfile

import (
	"regexp"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// required is a key that a format demands, and whether a lock has it. A lock
// without one is damaged or half written: what is left must not pass for all
// that the app needs.
type required struct {
	key string
	has bool
}

// demands gives an error that names the first key that is missing.
func (in input) demands(line int, keys ...required) error {
	for _, k := range keys {
		if !k.has {
			return errs.At(errs.Place{File: in.file, Line: line}, "Lock again with the tool that made it.", "the required key %s is missing", k.key)
		}
	}
	return nil
}

// strongHash is what pip takes: "sha256:…" and stronger.
var strongHash = regexp.MustCompile(`^sha(256|384|512):[0-9a-fA-F]+$`)

// addFiles keeps the hashes of the files that pip may choose on the target: the
// lock of a package like numpy has a hundred for others. Where none is for the
// target all are kept, and pip tells the user. Of hashes that pip does not take
// none may be the only one: the package would be installed unchecked.
func (p *Package) addFiles(in input, files []artefact) error {
	var all, usable, others []string
	weak := ""
	for _, f := range files {
		if !strongHash.MatchString(f.hash) {
			if f.hash != "" {
				weak = f.hash
			}
			continue
		}
		all = append(all, f.hash)
		if installs(f.name, in.env.Python) {
			usable = append(usable, f.hash)
		} else {
			others = append(others, f.hash)
		}
	}
	if len(all) == 0 && weak != "" {
		algorithm, _, _ := strings.Cut(weak, ":")
		return errs.At(errs.Place{File: in.file, Line: p.Line}, "Lock again from an index that tells sha256, sha384 or sha512.",
			"%s has no hash that pip takes, but %q", p.Name, algorithm)
	}
	if len(usable) == 0 {
		usable, others = all, nil
	}
	p.Hashes, p.Others = append(p.Hashes, usable...), append(p.Others, others...)
	return nil
}
