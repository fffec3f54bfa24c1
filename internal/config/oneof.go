package config

import (
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/suggest"
)

// OneOf accepts some words.
func OneOf(words ...string) Check {
	return func(s string) (string, *Fault) {
		if !slices.Contains(words, s) {
			last := len(words) - 1
			return "", Wrong(suggest.Hint(s, words), "must be "+strings.Join(words[:last], ", ")+" or "+words[last]+", not %q", s)
		}
		return s, nil
	}
}

// Image accepts a reference of an image.
func Image(s string) (string, *Fault) { return imageForm(s) }
