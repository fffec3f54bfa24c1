package config

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// Several is the error of settings with `services:`, or `regions:`, of which not one alone is meant.
type Several struct {
	Members []Member // those that are meant, in the order of the file; all are services, or all regions

	usage *errs.Error
}

// What several are, in words: see Several.Noun.
const (
	AService = "service"
	ARegion  = "region"
)

// Noun is what each of them is.
func (s *Several) Noun() string {
	if s.Members[0].Region != "" {
		return ARegion
	}
	return AService
}

func (s *Several) Error() string { return s.usage.Error() }

// Unwrap gives its kind and hint.
func (s *Several) Unwrap() error { return s.usage }

// meant gives the one service that a run is about, nil where the file describes a
// single one, or where what holds for all is enough.
func (in Input) meant(all []member, file string) (*member, error) {
	only, at, err := in.only()
	if err != nil {
		return nil, err
	}
	switch {
	case all == nil && len(in.Only) > 0:
		return nil, errs.New(errs.Usage, "Name the app's folder with --source.", "unexpected argument %q", in.Only[0])
	case all == nil, in.Shared && len(only) == 0:
		return nil, nil
	}
	only = slices.Clone(only)
	for i, name := range only {
		if !slices.Contains(names(all), name) { // it may be what the service is called at its target
			if n := slices.IndexFunc(all, func(m member) bool { return m.says["service"].text == name }); n >= 0 {
				only[i] = all[n].Name
			}
		}
	}
	var meant []member
	for _, m := range all {
		if len(only) == 0 || slices.Contains(only, m.Name) {
			meant = append(meant, m)
		}
	}
	for _, name := range only {
		if slices.Contains(names(all), name) {
			continue
		}
		if at.name != "" {
			return nil, at.errorf(nearest(name, names(all)), "%s has no service %s", file, name)
		}
		return nil, errs.New(errs.Usage, nearest(name, names(all)), "%s has no service %s", file, name)
	}
	if len(only) > 0 && len(meant) == 1 {
		return &meant[0], nil
	}
	several := &Several{usage: errs.New(errs.Usage, "Name one of them with --service.", "%s has several services: %s", file, strings.Join(names(meant), ", "))}
	for _, m := range meant {
		several.Members = append(several.Members, m.Member)
	}
	return nil, several
}

// only are the services that are named. Where the file has `services:` that is what
// --service and its variable do.
func (in Input) only() (names []string, at origin, err error) {
	if given := in.Flags["service"]; len(given) > 0 {
		name := given[len(given)-1]
		if len(in.Only) > 0 && !slices.Equal(in.Only, []string{name}) {
			return nil, at, errs.New(errs.Usage, "Give one of them.", "--service and %s name different services", in.Only[0])
		}
		return []string{name}, origin{name: "--service"}, nil
	}
	if len(in.Only) > 0 {
		return in.Only, at, nil
	}
	for _, p := range []string{prefix, pluginPrefix} {
		if v, ok := loose(in.Lookup, p+variable("service")); ok {
			return []string{v.text}, v.at, nil
		}
	}
	return nil, at, nil
}
