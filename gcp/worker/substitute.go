package worker

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cloud.google.com/go/cloudbuild/apiv1/v2/cloudbuildpb"
	"google.golang.org/protobuf/proto"
)

var errTooLong = fmt.Errorf("too long after substitution (max: %d)", maxSubstituted)

// overridable are the built-in keys that a caller may give by hand.
var overridable = map[string]bool{
	"REPO_NAME": true, "BRANCH_NAME": true, "TAG_NAME": true,
	"REVISION_ID": true, "COMMIT_SHA": true, "SHORT_SHA": true,
}

// builtin are all built-in keys; one without a value is the empty string.
// Source: cloud.google.com/build/docs/configuring-builds/substitute-variable-values
var builtin = []string{
	"PROJECT_ID", "BUILD_ID", "PROJECT_NUMBER", "LOCATION",
	"TRIGGER_NAME", "COMMIT_SHA", "REVISION_ID", "SHORT_SHA", "REPO_NAME", "REPO_FULL_NAME",
	"BRANCH_NAME", "TAG_NAME", "REF_NAME", "TRIGGER_BUILD_CONFIG_PATH", "SERVICE_ACCOUNT_EMAIL", "SERVICE_ACCOUNT",
}

// Substitute returns a copy of b in which every reference to a substitution is
// replaced, as Cloud Build does before it queues a build: `$$` becomes `$`,
// $KEY and ${KEY} their value; with options.dynamicSubstitutions also bash's
// ${KEY:-d}, ${KEY#p}, ${KEY/p/r} and their kin, and references inside values.
// A script is left alone. known gives the built-in keys that have a value
// here (PROJECT_ID, BUILD_ID…). Under MUST_MATCH (the default) a key without
// use and a reference without key are errors of kind errs.Usage.
func Substitute(b *cloudbuildpb.Build, known map[string]string) (*cloudbuildpb.Build, error) {
	b = proto.Clone(b).(*cloudbuildpb.Build)
	v := newValues(b, known)
	counted := v.field(true)
	for _, s := range b.Steps {
		counted(&s.Name, &s.Dir, &s.Entrypoint)
		counted(pointers(s.Args)...)
		counted(pointers(s.Env)...)
	}
	counted(pointers(b.Images)...)
	counted(pointers(b.Tags)...)
	if a := b.Artifacts; a != nil {
		counted(pointers(a.Images)...)
		if a.Objects != nil {
			counted(&a.Objects.Location)
			counted(pointers(a.Objects.Paths)...)
		}
		for _, p := range a.PythonPackages {
			counted(&p.Repository)
			counted(pointers(p.Paths)...)
		}
	}
	// These are replaced, but do not count as use (cloud-build-local#114).
	loose := v.field(false)
	loose(pointers(b.GetOptions().GetEnv())...)
	loose(&b.ServiceAccount)
	for _, s := range b.GetAvailableSecrets().GetSecretManager() {
		loose(&s.VersionName)
	}
	if p := b.GetOptions().GetPool(); p != nil {
		loose(&p.Name)
	}
	v.mapInto(b)
	if err := v.result(b); err != nil {
		return nil, err
	}
	return b, nil
}

// values are the substitutions of one build and what was found about their use.
type values struct {
	dynamic bool
	given   map[string]string // of the build; the values as written
	all     map[string]string // given and built in
	used    map[string]bool
	missing map[string]bool
	done    map[string]string // values already expanded, their use noted
	err     error
}

func newValues(b *cloudbuildpb.Build, known map[string]string) *values {
	v := &values{dynamic: b.GetOptions().GetDynamicSubstitutions(), given: b.Substitutions,
		all: map[string]string{}, used: map[string]bool{}, missing: map[string]bool{}, done: map[string]string{}}
	for _, k := range builtin {
		v.all[k] = ""
	}
	maps.Copy(v.all, known)
	maps.Copy(v.all, v.given)
	return v
}

// field returns a function that replaces fields in place; count says whether a
// key found there is used, and whether an unknown one is reported.
func (v *values) field(count bool) func(...*string) {
	return func(fields ...*string) {
		for _, f := range fields {
			s, err := v.expand(*f, v.dynamic, count, nil)
			if err != nil {
				v.err = errors.Join(v.err, fmt.Errorf("%q: %w", *f, err))
				return
			}
			*f = s
		}
	}
}

// expand replaces the references of s. seen are the keys being expanded, so
// that values which refer to each other end in an error.
func (v *values) expand(s string, dynamic, count bool, seen []string) (string, error) {
	if !strings.Contains(s, "$") {
		return s, nil
	}
	var out strings.Builder
	for _, p := range split(s, dynamic) {
		if p.key == "" {
			out.WriteString(p.text)
			continue
		}
		value, set := v.all[p.key]
		if count {
			v.note(p, set)
		}
		if dynamic {
			var err error
			if value, err = v.value(p.key, count, seen); err != nil {
				return "", err
			}
		}
		if p.op != "" {
			var err error
			word := func(w string) (string, error) { return v.expand(w, true, count, seen) }
			if value, err = apply(value, set, p.op, word); err != nil {
				return "", fmt.Errorf("substitution %q: %w", p.key, err)
			}
		}
		if out.WriteString(value); out.Len() > maxSubstituted {
			return "", errTooLong
		}
	}
	return out.String(), nil
}

// value is a key's value with the references inside it replaced, each key once.
func (v *values) value(key string, count bool, seen []string) (string, error) {
	raw := v.all[key]
	if _, given := v.given[key]; !given || !strings.Contains(raw, "$") {
		return raw, nil
	}
	if s, ok := v.done[key]; ok {
		return s, nil
	}
	if slices.Contains(seen, key) {
		return "", fmt.Errorf("substitution %q refers to itself", key)
	}
	s, err := v.expand(raw, true, count, append(slices.Clip(seen), key))
	if err == nil && count {
		v.done[key] = s
	}
	return s, err
}

// note records the use of a key. ${_X:-d} without a value is a use, no fault.
func (v *values) note(p part, set bool) {
	v.used[p.key] = true
	switch {
	case set || strings.HasPrefix(p.op, ":-") || strings.HasPrefix(p.op, "-"):
	case userKey.MatchString(p.key):
		v.missing[p.key] = true
	default:
		v.err = errors.Join(v.err, fmt.Errorf("key in the template %q is not a valid built-in substitution", p.key))
	}
}

// mapInto gives the steps every substitution as an environment variable where
// automapSubstitutions asks for it; a variable of the step's own wins.
func (v *values) mapInto(b *cloudbuildpb.Build) {
	for _, s := range b.Steps {
		on := b.GetOptions().GetAutomapSubstitutions()
		if s.AutomapSubstitutions != nil {
			on = *s.AutomapSubstitutions
		}
		if !on {
			continue
		}
		var env []string
		for _, k := range sortedKeys(v.all) {
			v.used[k] = true
			value := v.all[k]
			if v.dynamic {
				var err error
				if value, err = v.value(k, true, nil); err != nil {
					v.err = errors.Join(v.err, err)
				}
			}
			env = append(env, k+"="+value)
		}
		s.Env = append(env, s.Env...)
	}
}

func (v *values) result(b *cloudbuildpb.Build) error {
	if v.err != nil {
		return invalid("%w", v.err)
	}
	if b.GetOptions().GetSubstitutionOption() == cloudbuildpb.BuildOptions_ALLOW_LOOSE {
		return nil
	}
	var faults []string
	for _, k := range sortedKeys(v.missing) {
		faults = append(faults, fmt.Sprintf("key in the template %q is not matched in the substitution data", k))
	}
	for _, k := range sortedKeys(v.given) {
		if !v.used[k] {
			faults = append(faults, fmt.Sprintf("key %q in the substitution data is not matched in the template", k))
		}
	}
	if len(faults) > 0 {
		return invalid("%s", strings.Join(faults, ";"))
	}
	return nil
}

func pointers(s []string) []*string {
	p := make([]*string, len(s))
	for i := range s {
		p[i] = &s[i]
	}
	return p
}
