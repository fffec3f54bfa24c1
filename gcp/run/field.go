package run

import (
	"slices"

	"cloud.google.com/go/run/apiv2/runpb"
)

// field is a setting as a field of what is sent. In is where the field is, W what is wanted.
type field[In, W any] struct {
	name  string // of the key, and in the record of what is ours
	want  func(W) bool
	set   func(In, W)
	clear func(In) // it was ours, and nobody wants it
}

// merge sets the fields that are wanted, and clears those that were ours and are not.
func merge[In, W any](fields []field[In, W], in In, w W, before managed) {
	for _, f := range fields { // what is cleared may be where another one is set
		if !f.want(w) && before.has(f.name) {
			f.clear(in)
		}
	}
	for _, f := range fields {
		if f.want(w) {
			f.set(in, w)
		}
	}
}

// wanted are the names of the fields that are wanted.
func wanted[In, W any](fields []field[In, W], w W) (names []string) {
	for _, f := range fields {
		if f.want(w) {
			names = append(names, f.name)
		}
	}
	slices.Sort(names)
	return names
}

// plain is a field that is wanted where it is not zero.
func plain[In, W any, T ~string](name string, want func(W) T, at func(In) *T) field[In, W] {
	var none T
	return field[In, W]{
		name: name, want: func(w W) bool { return want(w) != none },
		set:   func(in In, w W) { *at(in) = want(w) },
		clear: func(in In) { *at(in) = none },
	}
}

// optional is a field that may be wanted to be zero.
func optional[In, W, T any](name string, want func(W) *T, at func(In) *T) field[In, W] {
	var none T
	return field[In, W]{
		name: name, want: func(w W) bool { return want(w) != nil },
		set:   func(in In, w W) { *at(in) = *want(w) },
		clear: func(in In) { *at(in) = none },
	}
}

// inverse is a field that says the opposite of its key.
func inverse[In, W any](name string, want func(W) *bool, at func(In) *bool) field[In, W] {
	f := optional(name, want, at)
	f.set = func(in In, w W) { *at(in) = !*want(w) }
	return f
}

// whole is a whole number that may be wanted to be zero.
func whole[In, W any](name string, want func(W) *int, at func(In) *int32) field[In, W] {
	return field[In, W]{
		name: name, want: func(w W) bool { return want(w) != nil },
		set:   func(in In, w W) { *at(in) = int32(*want(w)) },
		clear: func(in In) { *at(in) = 0 },
	}
}

// choice is one of some words; what is not wanted is the zero one.
func choice[In, W any, E ~int32](name string, want func(W) string, words map[string]E, at func(In) *E) field[In, W] {
	return field[In, W]{
		name: name, want: func(w W) bool { return want(w) != "" },
		set:   func(in In, w W) { *at(in) = words[want(w)] },
		clear: func(in In) { *at(in) = 0 },
	}
}

// list is a list that is wanted as a whole.
func list[In, W any](name string, want func(W) []string, at func(In) *[]string) field[In, W] {
	return field[In, W]{
		name: name, want: func(w W) bool { return len(want(w)) > 0 },
		set:   func(in In, w W) { *at(in) = want(w) },
		clear: func(in In) { *at(in) = nil },
	}
}

// place is where fields of a service are.
type place struct {
	service  *runpb.Service
	template *runpb.RevisionTemplate
	app      *runpb.Container // which gets the requests
}

func made[T any](at **T) *T {
	if *at == nil {
		*at = new(T)
	}
	return *at
}
