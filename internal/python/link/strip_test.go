package link_test

import (
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
)

func TestStrip(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"-i https://u:p@h/s # https://tok@h2/x\n": "-i https://h/s # https://h2/x\n",
		"https://${U}:${P}@h/s":                   "https://${U}:${P}@h/s",
		"https://u:${P}@h/s":                      "https://u:${P}@h/s",
		"git+ssh://git@h/r git+ssh://git:p@h/r":   "git+ssh://git@h/r git+ssh://h/r",
		"a @ git+https://t@h/r.git@main":          "a @ git+https://h/r.git@main",
		"https://u:a@b@h":                         "https://h",
		`x = ["a @ https://h","b@c"]` + "\r\n":    `x = ["a @ https://h","b@c"]` + "\r\n",
		`"a @ https://u:p@h", 'https://v:q@g'`:    `"a @ https://h", 'https://g'`,
		"no url, me@example.com\n\n":              "no url, me@example.com\n\n",
		"https://u:@h/":                           "https://u:@h/",
	} {
		if got := link.Strip(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if again := link.Strip(want); again != want {
			t.Errorf("%q is not stable: %q", want, again)
		}
	}
}

// FuzzStrip: what is stripped once has nothing left to strip, and nothing is added.
func FuzzStrip(f *testing.F) {
	for _, s := range []string{"-i https://u:p@h/s # https://t@h", "git+ssh://git@h/r", "https://${U}:${P}@h", "a://b@c://d@e", "://@", "é://u@h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		once := link.Strip(text)
		if twice := link.Strip(once); twice != once {
			t.Errorf("%q: %q, then %q", text, once, twice)
		}
		if len(once) > len(text) {
			t.Errorf("%q grew to %q", text, once)
		}
	})
}
