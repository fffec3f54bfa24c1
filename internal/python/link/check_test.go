package link_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/python/link"
)

// TestMaskOddAuthority: a login that does not parse the usual way is refused, and
// not shown in the line's excerpt.
func TestMaskOddAuthority(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"--extra-index-url https://ci:tok/S@idx.invalid/simple", "-i https://user:a/S@h", "-i https://user:a#S@h", "-i https://user:a?S@h",
		"-i https:/user:S@h", "-i https:user:S@h", "-i https//user:S@h", "-i user:S@h/simple", "-i https://user:S @h/simple", "-i https://S@h/@x",
		"a @ https:/u:S@h/a.zip", "a @ u:S@h/a.zip", "a @ git+https://tok/S@h/r.git", "-f S@h", "-i https://user:S/simple", `-i https://u:a\S@h`,
		"a @ https://h/a.zip?token=S", "-i https://h/simple?X-Goog-Signature=S", "--trusted-host u:S@h",
		"-i https://u:S%40h/simple", "-i https://S%40h/simple", "a @ https://h/a.zip?x=1&code=S",
	} {
		f := link.Check(line)
		if f == nil || strings.Contains(f.Message+f.Hint, line) {
			t.Errorf("%q: %+v", line, f)
		}
		if shown := link.MaskWidth(line); strings.Contains(strings.ReplaceAll(shown, "X-Goog-S", ""), "S") || len(shown) != len(line) {
			t.Errorf("%q is shown as %q", line, shown)
		}
	}
}

// TestClearAuthority: what is clear is taken.
func TestClearAuthority(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"flask", "a @ git+https://h/r.git@main", "a @ git+https://dev.azure.com/o/_git/r@feature/x", "a @ git+https://u:p@h/r.git@feature/x#egg=a",
		"-i https://u:p%40ss@h:8443/simple", "-i https://${U}:${P}@h/simple", "-i https://[::1]:80/simple", "-e git+ssh://git@github.com/o/r.git#egg=a",
		"git@github.com:o/r.git", "./libs/a@2", "-e ./libs/a@2", "a @ https://h/a.zip?raw=true#sha256=ab", "flask -C x=@file", "file:///home/me@work/a.whl",
		"a[x] @ https://u@h/a.zip ; python_version < '3.13'", "-i https://hôte/simple", "a@https://h/a.zip", "a @ https://${HOST}:${PORT}/a.zip",
		"a @ https://h/a.zip?encode=1&ref=0123456789012345678901234567890123456789", "a @ https://h/x%40y/a.zip",
	} {
		if f := link.Check(line); f != nil {
			t.Errorf("%q: %+v", line, f)
		}
	}
}

// TestStripOdd: comments and other formats are cleaned, what no index is asked with stays.
func TestStripOdd(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"# -i https://ci:tok/S@idx.invalid/simple\n":      "# -i https://idx.invalid/simple\n",
		"# https://medium.com/@user, me@x.org\n":          "# https://x.org\n", // of a comment rather too much
		`{"url":"https:\/\/u:S@h\/simple"}`:               `{"url":"https:\/\/h\/simple"}`,
		`url = "https://u:a S b@h/x"`:                     `url = "https://h/x"`,
		`"https://S\"b@h/x", "https://u:a'S@h"`:           `"https://h/x", "https://h"`,
		`about = "see https://x.org, or ask me@x.org"`:    `about = "see https://x.org, or ask me@x.org"`,
		"dsn = 'postgres://u:p@db/x'":                     "dsn = 'postgres://u:p@db/x'",
		"-i https://${U}:S@h https://u:x${P}@g":           "-i https://h https://g",
		"authors = [\"name:a@x.org\"] # git:me@here/else": "authors = [\"name:a@x.org\"] # here/else",
	} {
		if got := link.Strip(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestHolds: a secret is seen however it is written.
func TestHolds(t *testing.T) {
	t.Parallel()
	secret := []string{"u:S1"}
	for text, want := range map[string]bool{
		"https://u:S1@h": true, "https://u:\\\nS1@h": true, "https://u:\\\r\n\\S1@h": true, `https:\/\/u:\u0053\u0031@h`: true, "\xff\xfeh\x00": true, "https://h": false,
	} {
		if link.Holds(text, secret) != want {
			t.Errorf("%q: not %v", text, want)
		}
	}
}
