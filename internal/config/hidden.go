package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// hiddenText stands for what may be a secret.
const hiddenText = "****"

// hidden is an argument of a message that is not shown, whichever verb it is for.
type hidden struct{}

// Format implements fmt.Formatter.
func (hidden) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(hiddenText)) }

// keyName is an argument that is the name of a key of ours.
type keyName string

// ofKey is a key's name without what a user named below it.
func ofKey(key string) keyName {
	if parts := strings.SplitN(key, ".", 3); len(parts) == 3 {
		return keyName(parts[0] + "." + parts[1] + "." + hiddenText)
	}
	return keyName(key)
}

// safe are the arguments of a message that may be told of a setting that may be a
// secret: the names of our keys alone. What else we know is in formats.
func safe(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		if out[i] = a; !isKeyName(a) {
			out[i] = hidden{}
		}
	}
	return out
}

func isKeyName(a any) bool {
	_, is := a.(keyName)
	return is
}

// repeats says whether a hint has some of a secret in it. Those that do say so, see
// Fault.Repeats; this one looks.
func repeats(hint, secret string) bool {
	const told = 6 // signs in a row
	hint, secret = bare(hint), bare(secret)
	for i := 0; i+told <= len(secret); i++ {
		if strings.Contains(hint, secret[i:i+told]) {
			return true
		}
	}
	return false
}

func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// shown is a key's value as an error about another one may show it.
func (c *Config) shown(key, value string) string {
	if strings.HasPrefix(c.Origin[key], pluginPrefix) {
		return hiddenText
	}
	return value
}

// HiddenFiles refuses files of the app that are not there, where a setting that may be
// a secret named them: whoever opens them would show their names. writesLock is
// Input's WritesBuildLock.
func (c *Config) HiddenFiles(writesLock bool) error {
	named := map[string][]string{
		"requirements": c.Requirements, "test.requirements": c.Test.Requirements,
		"wheels.lock_build_requirements": {c.Wheels.LockBuildRequirements}, "ignore_file": {c.IgnoreFile},
	}
	for _, key := range slices.Sorted(maps.Keys(named)) {
		from := c.Origin[key]
		if !strings.HasPrefix(from, pluginPrefix) || writesLock && key == "wheels.lock_build_requirements" {
			continue
		}
		for _, file := range named[key] {
			if _, err := os.Stat(filepath.Join(c.Dir, filepath.FromSlash(file))); err != nil {
				return errs.New(errs.Usage, "Name files relative to the app's folder.", "%s: %s names a file that cannot be read", from, key)
			}
		}
	}
	return nil
}
