package run

import (
	"slices"

	"cloud.google.com/go/run/apiv2/runpb"
)

// Entries of maps and lists are merged one by one: ours are set where they are, those
// that were ours and are wanted no more go, and others' stay.

func mergeMap(m *map[string]string, want map[string]string, before []string) {
	for _, key := range before {
		if _, stays := want[key]; !stays {
			annotate(m, key, "")
		}
	}
	for key, value := range want {
		if *m == nil {
			*m = map[string]string{}
		}
		(*m)[key] = value
	}
}

func mergeList(have, want, before []string) []string {
	same := func(s string) string { return s }
	return mergeNamed(have, want, same, func(s string) bool { return slices.Contains(before, s) })
}

func mergeVars(have, want []*runpb.EnvVar, before []string) []*runpb.EnvVar {
	return mergeNamed(have, want, (*runpb.EnvVar).GetName, func(v *runpb.EnvVar) bool { return slices.Contains(before, v.GetName()) })
}

// mergeNamed puts what is wanted in the place of what has its name, and the rest behind;
// what goes of the others is left out.
func mergeNamed[T any](have, want []T, name func(T) string, goes func(T) bool) (all []T) {
	left := slices.Clone(want)
	for _, old := range have {
		n := slices.IndexFunc(left, func(w T) bool { return name(w) == name(old) })
		switch {
		case n >= 0:
			all = append(all, left[n])
			left = slices.Delete(left, n, n+1)
		case !goes(old):
			all = append(all, old)
		}
	}
	return append(all, left...)
}

// vars are variables, in order of name.
func vars(env, secrets map[string]string) (all []*runpb.EnvVar) {
	for _, name := range names(env, secrets) {
		v := &runpb.EnvVar{Name: name, Values: &runpb.EnvVar_Value{Value: env[name]}}
		if ref, ok := secrets[name]; ok {
			secret, version := secretRef(ref)
			v.Values = &runpb.EnvVar_ValueSource{ValueSource: &runpb.EnvVarSource{SecretKeyRef: &runpb.SecretKeySelector{Secret: secret, Version: version}}}
		}
		all = append(all, v)
	}
	return all
}
