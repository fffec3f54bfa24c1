package inventory

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/key"
)

// isPrefix is how a key or a digest may begin.
var isPrefix = regexp.MustCompile(`^[0-9a-f]{4,64}$`)

// Find gives the image of the packages whose key or digest begins with a prefix
// of at least four digits, and the tag that fitted ("" for a digest). Only where
// there is none, the beginnings of the keys of partial images count. Nothing, or
// more than one image, is a fault of the input that names the candidates.
func (s Stock) Find(prefix string, packages ...string) (Image, string, error) {
	text := strings.ToLower(strings.TrimPrefix(prefix, "sha256:"))
	const list = "Run `gcpdeploy wheels list --json` for the keys that there are."
	if !isPrefix.MatchString(text) {
		return Image{}, "", errs.New(errs.Usage, list, "%q is no key: give 4 to 64 of its hexadecimal digits", prefix)
	}
	found := s.beginning(text, packages, false)
	if len(found) == 0 {
		found = s.beginning(text, packages, true)
	}
	switch len(found) {
	case 0:
		return Image{}, "", errs.New(errs.Usage, list, "no %s image has a key or digest that begins with %s", strings.Join(packages, " or "), text)
	case 1:
		return found[0].image, found[0].tag, nil
	}
	var names []string
	for _, f := range found {
		names = append(names, f.image.Package+":"+cmp.Or(f.tag, f.image.Digest))
	}
	slices.Sort(names)
	return Image{}, "", errs.New(errs.Usage, "Give more digits.", "%s is the beginning of more than one: %s", text, strings.Join(names, ", "))
}

type match struct {
	image Image
	tag   string
}

func (s Stock) beginning(text string, packages []string, partials bool) (found []match) {
	for _, i := range s.Images {
		if !slices.Contains(packages, i.Package) {
			continue
		}
		if partials {
			if p := i.Partial(); p != "" && (strings.HasPrefix(p, text) || strings.HasPrefix(text, p)) {
				found = append(found, match{i, "partial-" + p})
			}
			continue
		}
		n := slices.IndexFunc(i.Tags, func(t string) bool { return isKey.MatchString(t) && strings.HasPrefix(t, text) })
		switch {
		case n >= 0:
			found = append(found, match{i, i.Tags[n]})
		case strings.HasPrefix(strings.TrimPrefix(i.Digest, "sha256:"), text):
			found = append(found, match{i, ""})
		}
	}
	return found
}

// Nearest gives the key that differs from k in the fewest fields; of two, the
// first. ok is false where there is none with fields.
func Nearest(k key.Key, candidates []key.Key) (nearest key.Key, ok bool) {
	fewest := 0
	for _, c := range candidates {
		if len(c.Fields) == 0 {
			continue
		}
		if n := len(key.Diff(c, k)); !ok || n < fewest {
			nearest, fewest, ok = c, n, true
		}
	}
	return nearest, ok
}
