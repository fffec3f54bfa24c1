package knative

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
)

// row is an annotation of Google's own, and the field of v2 that says the same.
type row[T any] struct {
	key string
	get func(T) string        // "" = it is not shown; nil: it is not kept
	set func(T, string) error // "" = it is not there; nil: the server alone says it
}

// shown are an object's annotations: the user's, and those of the rows.
func shown[T any](rows []row[T], from T, own map[string]string) map[string]string {
	all := maps.Clone(own)
	if all == nil {
		all = map[string]string{}
	}
	for _, r := range rows {
		if r.get == nil {
			continue
		}
		if v := r.get(from); v != "" {
			all[r.key] = v
		}
	}
	return all
}

// taken sets what the rows of an object's annotations say, and gives the user's
// own ones.
func taken[T any](field string, rows []row[T], to T, all map[string]string) (map[string]string, error) {
	own := maps.Clone(all)
	for _, r := range rows {
		delete(own, r.key)
		if r.set == nil {
			continue
		}
		if err := r.set(to, all[r.key]); err != nil {
			return nil, invalid("%s[%s]: %v", field, r.key, err)
		}
	}
	for key := range own {
		if group, _, _ := strings.Cut(key, "/"); groups[group] {
			return nil, statusf(codes.Unimplemented, "%s: %s is not emulated", field, key)
		}
	}
	return own, nil
}

// groups are the namespaces of Google's own annotations.
var groups = map[string]bool{"run.googleapis.com": true, "cloud.googleapis.com": true, "serving.knative.dev": true, "autoscaling.knative.dev": true}

// flag is a row of a field that is true or false; off is what its absence means.
func flag[T any](key string, off bool, at func(T) *bool) row[T] {
	return row[T]{key, func(from T) string {
		if v := *at(from); v != off {
			return strconv.FormatBool(v)
		}
		return ""
	}, func(to T, v string) (err error) {
		*at(to) = off
		if v != "" {
			*at(to), err = strconv.ParseBool(v)
		}
		return err
	}}
}

// count is a row of a number.
func count[T any](key string, at func(T) *int32) row[T] {
	return row[T]{key, func(from T) string {
		if n := *at(from); n != 0 {
			return decimal(n)
		}
		return ""
	}, func(to T, v string) (err error) {
		*at(to) = 0
		if v != "" {
			*at(to), err = parse(v)
		}
		return err
	}}
}

func decimal(n int32) string { return strconv.FormatInt(int64(n), 10) }

func parse(v string) (int32, error) {
	n, err := strconv.ParseInt(v, 10, 32)
	return int32(n), err
}

// list is a row of texts, which are JSON in an annotation.
func list[T any](key string, at func(T) *[]string) row[T] {
	return row[T]{key, func(from T) string { return asJSON(*at(from), len(*at(from))) }, func(to T, v string) error {
		*at(to) = nil
		if v == "" {
			return nil
		}
		return json.Unmarshal([]byte(v), at(to))
	}}
}

// asJSON is a value as text; "" if it has no elements.
func asJSON(v any, n int) string {
	if data, err := json.Marshal(v); err == nil && n > 0 {
		return string(data)
	}
	return ""
}

// text is a row of a text.
func text[T any](key string, at func(T) *string) row[T] {
	return row[T]{key, func(from T) string { return *at(from) }, func(to T, v string) error { *at(to) = v; return nil }}
}

// said is a row that the server alone says.
func said[T any](key string, get func(T) string) row[T] { return row[T]{key: key, get: get} }

// word is a row of an enumeration, by its words in v1. A value without a word
// stays until there is one.
func word[T any, E comparable](key string, words map[string]E, at func(T) *E) row[T] {
	find := func(e E) (string, bool) {
		for w, known := range words {
			if known == e {
				return w, true
			}
		}
		return "", false
	}
	get := func(from T) string { w, _ := find(*at(from)); return w }
	return row[T]{key, get, func(to T, v string) error {
		e, ok := words[v]
		if !ok && v != "" {
			return fmt.Errorf("%q is not known", v)
		}
		if _, told := find(*at(to)); told || ok && v != "" {
			*at(to) = e
		}
		return nil
	}}
}
