package closure_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
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
	c, err := closure.Load(dir, []string{"r.txt"}, lookupOf(map[string]string{"U": "me", "P": "hidden"}))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range c.Credentials {
		got = append(got, fmt.Sprintf("%s %s %q %q unset=%q literal=%v", l.From, l.Host, string(l.User), string(l.Password), l.Unset, len(l.Written) > 0))
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

// TestCredentialsChangeNothing: another password is the same closure.
func TestCredentialsChangeNothing(t *testing.T) {
	t.Parallel()
	text := func(user string) string {
		dir := app(t, files{"r.txt": "-i https://" + user + "h.example/simple\na @ git+https://" + user + "g.example/a.git\nb @ https://" + user + "h/b-1.0.zip"})
		c, err := closure.Load(dir, []string{"r.txt"}, lookupOf(map[string]string{"P": "x"}))
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

// TestUnsafeHosts: those that are asked without TLS, or whose certificate nobody looks at.
func TestUnsafeHosts(t *testing.T) {
	t.Parallel()
	dir := app(t, files{"r.txt": "-i https://a.example/simple\n--extra-index-url http://B.example:80/simple\n-f http://c.example/links\n--trusted-host d.example:8443\n--trusted-host e.example\n" +
		"--extra-index-url https://d.example:8443/simple\nx @ git+http://f.example/x\ny @ git+https://g.example/y\nz @ http://a.example/z-1.0.zip\n"})
	c, err := closure.Load(dir, []string{"r.txt"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a.example", "b.example", "c.example", "d.example", "f.example"}, c.Unsafe); diff != "" {
		t.Error(diff)
	}
}
