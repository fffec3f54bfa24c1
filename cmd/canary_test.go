package cmd_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/cmd"
	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/engine"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

const canary = "c4nary"

// canaryLines are lines with a login in every place that a URL may have; %s is
// what stands around the secret in it.
var canaryLines = []string{
	"--extra-index-url https://ci:%s@idx.invalid/simple", "-i https://%s@idx.invalid/simple", "--index-url=https://%s@h/simple",
	"-i https:/user:%s@h", "-i https:user:%s@h", "-i https//user:%s@h", "-i user:%s@h/simple", "-i %s@h/simple", `-i "https://user:%s@h"`, `-i 'https:'//%s@h`, `-i https:/"/"%s@h`,
	"-f https://u:%s@h/links", "-f u:%s@h/links", "--trusted-host %s@h", "--trusted-host u:%s@h", "-r https://u:%s@h/r.txt", "-c u:%s@h/c.txt",
	"a @ https://u:%s@h.invalid/a-1.0.zip", "a@https://%s@h/a-1.0.zip", "a @ u:%s@h/a.zip", "a @ %s@h/a.zip", "https://u:%s@h/a-1.0.zip",
	"a @ git+https://%s@h/r.git@main", "-e git+https://u:%s@h/r.git#egg=a", "git+ssh://git:%s@h/r.git", `a @ https:/"/"%s@h/a-1.0.zip`,
	"a @ https://h/a-1.0.zip?token=%s", "a @ https://h/a-1.0.zip?x=1&X-Amz-Signature=%s", "-i https://h/simple?api_key=%s", "-i https://h/simple#token=%s", "a @ https://h/a-1.0.zip?code=%s", "-i https://h/simple;token=%s",
	"flask -C url=https://u:%s@h", "# -i https://u:%s@h/simple", "# -i https://ci:%s@idx.invalid/simple", "flask # https://%s@h",
	"-i https://\\\n%s@h/simple", "-i https://u:%s\\\n@h/simple",
}

// around is what a password may hold that means something in a URL, a line or a shell.
var around = []string{
	"%s", "tok/%s", "a/%s", "a#%s", "a?%s", "a%%40%s", "%s ", " %s", "a %s b", "12 %s", "1/%s", "a@%s", "a:%s", "a;%s", "a\\%s", "%s\\", `a"%s`, "a'%s",
	"${U}%s", "${U}:%s", "a&token=%s", "\t%s", "a//%s", "a://%s", "https://%s", "a\\\n%s", "a[%s", "%s]", "(%s)", "a=%s", "-i %s", "a,%s", "<%s>", "é%s", "1.2/%s", "h.x/%s",
}

// FuzzCanary: a secret in any position of a line is in no output, and in nothing
// that is sent.
func FuzzCanary(f *testing.F) {
	for i := range canaryLines {
		for j, a := range around {
			if j > 0 && (i+j)%12 != 0 {
				continue // each of both with some of the others; fuzzing finds the rest
			}
			before, after, _ := strings.Cut(a, "%s")
			f.Add(uint8(i), strings.ReplaceAll(before, "%%", "%"), after)
		}
	}
	comment := regexp.MustCompile(`(^|\s)#`)
	f.Fuzz(func(t *testing.T, form uint8, before, after string) {
		secret := before + canary + after
		if comment.MatchString(secret) || strings.ContainsAny(secret, "\x00\n\v\f\r\x1c\x1d\x1e\u0085\u2028\u2029") && !strings.HasSuffix(before, "\\\n") {
			return // the secret is then in a comment, or no part of the line
		}
		line := strings.ReplaceAll(canaryLines[int(form)%len(canaryLines)], "%s", secret)
		dir := smallApp(t, map[string]string{
			"requirements.txt": "flask\n" + line + "\n",
			"gcpdeploy.yaml":   "service: hello\npython: '3.12'\nentrypoint: [python, wsgi.py]\ntest: false\n",
		})
		env := map[string]string{"U": "me"}
		for _, args := range [][]string{{"key", "--json"}, {"key"}, {"render", "--json"}} {
			exit, stdout, stderr := inProcess(t.Context(), env, dir, append(args, "--source", dir)...)
			if strings.Contains(stdout+stderr, canary) {
				t.Fatalf("%q: %v shows it:\n%s%s", line, args, stdout, stderr)
			}
			if exit != 0 && exit != 2 {
				t.Fatalf("%q: exit %d\n%s", line, exit, stderr)
			}
		}
		if sent := sentOf(t, dir, env); strings.Contains(sent, canary) {
			t.Fatalf("%q is sent:\n%s", line, sent)
		}
	})
}

// sentOf is all that a deploy of the app gives away, "" where it is refused.
func sentOf(t *testing.T, dir string, env map[string]string) string {
	t.Helper()
	app, err := engine.Load(t.Context(), clients.App{Source: dir}.Input(cmd.Deps{Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}))
	if err != nil {
		return ""
	}
	p := plan.Make(app.App, plan.Place{Project: "p-1", Region: "r"}, plan.Facts{})
	src, err := app.Archive(p)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	if err := src.Write(t.Context(), &packed); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&packed)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(archive) + string(p.JSON()) + fmt.Sprintf("%q %q %+v", app.Notes, app.Tree.Warnings, app.Closure)
}

// TestCanaryContinued: a login over two lines is not sent in parts, whatever ends
// the lines.
func TestCanaryContinued(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n", "\r\n", "\r", "\f", "\u2028"} {
		line := "-i https://u:a@" + canary + "\\" + end + "@h/simple"
		dir := smallApp(t, map[string]string{"requirements.txt": "flask" + end + line + end})
		exit, stdout, stderr := inProcess(t.Context(), nil, dir, "key", "--source", dir)
		if exit != 2 || strings.Contains(stdout+stderr+sentOf(t, dir, nil), canary) {
			t.Errorf("%q: exit %d\n%s%s", line, exit, stdout, stderr)
		}
	}
}

// TestMaskOddAuthority: a login in a URL that has no one reading is refused with its
// place and a way out, and no output has a part of it.
func TestMaskOddAuthority(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"--extra-index-url https://ci:tok/canary@idx.invalid/simple", "-i https://user:a#canary@h", "-i https://user:a?canary@h",
		"-i https:/user:canary@h", "-i https:user:canary@h", "-i https//user:canary@h", "-i user:canary@h/simple", "-i https://user:canary @h/simple",
		"a @ https://user:a/canary@h/a.zip", "-f https://user:a/canary@h", "-i https://h/simple?token=canary",
	} {
		dir := smallApp(t, map[string]string{"requirements.txt": "flask\n" + line + "\n"})
		exit, stdout, stderr := inProcess(t.Context(), nil, dir, "key", "--source", dir)
		if exit != 2 || !strings.Contains(stderr, "requirements.txt:2") || !strings.Contains(stderr, "wheels.netrc_secret") ||
			strings.Contains(stdout+stderr, "canary") || strings.Contains(stderr, "****") {
			t.Errorf("%s: exit %d\n%s%s", line, exit, stdout, stderr)
		}
	}
}
