package requirements_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/requirements"
)

// TestCredentials: each is found with its place, apart from what is shown and hashed.
func TestCredentials(t *testing.T) {
	t.Parallel()
	dir := app(t, files{"r.txt": `-i https://u:p%40ss@I.example:8443/simple
--extra-index-url https://${U}:${P}@v.example/simple/
--extra-index-url https://u:${NONE}@n.example/simple/
-f https://tok@f.example/links
a @ git+https://tok2@g.example/a.git
b @ git+ssh://git@s.example/b.git
c @ https://plain.example/c-1.0.zip
`})
	c, err := requirements.Load(dir, []string{"r.txt"}, lookupOf(map[string]string{"U": "me", "P": "hidden"}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range c.Credentials {
		got = append(got, fmt.Sprintf("%s %s %q %q unset=%q literal=%v", l.From, l.Host, string(l.User), string(l.Password), l.Unset, l.Literal))
	}
	want := []string{
		`r.txt:1 i.example "u" "p@ss" unset="" literal=true`,
		`r.txt:2 v.example "me" "hidden" unset="" literal=false`,
		`r.txt:3 n.example "" "" unset="NONE" literal=false`,
		`r.txt:4 f.example "tok" "" unset="" literal=true`,
		`r.txt:5 g.example "tok2" "" unset="" literal=true`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"f.example", "g.example", "i.example", "n.example", "plain.example", "v.example"}, c.Hosts); diff != "" {
		t.Error(diff)
	}
	shown := fmt.Sprintf("%+v", c)
	req, con := c.Canonical()
	for _, secret := range []string{"p%40ss", "p@ss", "hidden", "tok"} {
		if strings.Contains(shown+string(req)+string(con), secret) {
			t.Errorf("%s is in\n%s\n%s", secret, shown, req)
		}
	}
}

func lookupOf(m map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := m[name]; return v, ok }
}

// TestCredentialsChangeNothing: another password is the same requirements.
func TestCredentialsChangeNothing(t *testing.T) {
	t.Parallel()
	text := func(user string) string {
		dir := app(t, files{"r.txt": "-i https://" + user + "h.example/simple\na @ git+https://" + user + "g.example/a.git\nb @ https://" + user + "h/b-1.0.zip"})
		c, err := requirements.Load(dir, []string{"r.txt"}, lookupOf(map[string]string{"P": "x"}))
		if err != nil {
			t.Fatal(err)
		}
		req, _ := c.Canonical()
		return string(req)
	}
	want := text("")
	for _, user := range []string{"u:one@", "u:two@", "tok@", "${U}:${P}@", "u:${P}@"} {
		if got := text(user); got != want {
			t.Errorf("%s: %q, want %q", user, got, want)
		}
	}
}

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
		if got := requirements.Strip(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if again := requirements.Strip(want); again != want {
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
		once := requirements.Strip(text)
		if twice := requirements.Strip(once); twice != once {
			t.Errorf("%q: %q, then %q", text, once, twice)
		}
		if len(once) > len(text) {
			t.Errorf("%q grew to %q", text, once)
		}
	})
}
