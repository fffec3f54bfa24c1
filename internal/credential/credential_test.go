package credential_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/credential"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

const canary = "canary-5f2c"

func env(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, p := range pairs {
			if k, v, _ := strings.Cut(p, "="); k == name {
				return v, true
			}
		}
		return "", false
	}
}

func home(t *testing.T, netrc string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".netrc"), []byte(netrc), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func url(host, user, password string, line int) credential.URL {
	place := errs.Place{File: "requirements.txt", Line: line}
	return credential.URL{Place: place, Login: credential.Login{
		Host: host, User: credential.Secret(user), Password: credential.Secret(password), From: fmt.Sprint("requirements.txt:", line),
	}}
}

func command(script string) []string { return []string{"sh", "-c", script, "command"} }

// TestCollect: each source alone, and which of two wins.
func TestCollect(t *testing.T) {
	t.Parallel()
	unset := credential.URL{Login: credential.Login{Host: "h"}, Unset: "TOKEN", Place: errs.Place{File: "r.txt", Line: 3}}
	ours, pip := credential.Variable+"=machine h login ours password p1", "PIP_EXTRA_INDEX_URL=https://x/simple https://pip:p%402@H:8080/simple"
	netrc := "# mine\nmachine other login o password o\nmachine h\n login \"file\" account a\n password p4\nmacdef init\nmachine h login macro password m\n\n"
	for name, tt := range map[string]struct {
		s    credential.Sources
		want string // user:password, or what the error says
	}{
		"nothing":           {credential.Sources{}, ""},
		"url":               {credential.Sources{URLs: []credential.URL{url("h", "u", "p", 1)}}, "u:p"},
		"url twice":         {credential.Sources{URLs: []credential.URL{url("h", "u", "p", 1), url("h", "u", "p", 2)}}, "u:p"},
		"two logins":        {credential.Sources{URLs: []credential.URL{url("h", "u", "p", 1), url("h", "u", canary, 2)}}, "requirements.txt:2: another login for h than at requirements.txt:1"},
		"a token alone":     {credential.Sources{URLs: []credential.URL{url("h", "tok", "", 1)}}, "tok:x-oauth-basic"},
		"of another host":   {credential.Sources{URLs: []credential.URL{url("g", "u", "p", 1)}}, ""},
		"ours":              {credential.Sources{Lookup: env(ours)}, "ours:p1"},
		"pip's":             {credential.Sources{Lookup: env(pip)}, "pip:p@2"},
		"netrc":             {credential.Sources{Home: home(t, netrc)}, "file:p4"},
		"netrc's default":   {credential.Sources{Home: home(t, "machine g login x password y\ndefault login d password e")}, "d:e"},
		"$NETRC":            {credential.Sources{Home: home(t, netrc), Lookup: env("NETRC=" + home(t, "machine h login n password p5") + "/.netrc")}, "n:p5"},
		"command, a line":   {credential.Sources{Command: command(`echo "$1-$2"`)}, "__token__:h-__token__"},
		"command, a user":   {credential.Sources{Command: command(`echo pw`), URLs: []credential.URL{url("h", "me", "", 1)}}, "me:pw"},
		"command, lines":    {credential.Sources{Command: command(`printf 'u\r\np\r\n'`)}, "u:p"},
		"command, many":     {credential.Sources{Command: command(`printf '` + canary + `\n2\n3\n'`)}, "printed 3 lines"},
		"command, nothing":  {credential.Sources{Command: command(`:`)}, "knows no login for h"},
		"command fails":     {credential.Sources{Command: command(`echo ` + canary + `; echo ` + canary + ` >&2; exit 3`)}, "failed for h: exit status 3"},
		"no such command":   {credential.Sources{Command: []string{"/nonexistent/keyring"}}, "failed for h"},
		"unset":             {credential.Sources{URLs: []credential.URL{unset}}, "r.txt:3: the URL of h takes its login from ${TOKEN}, which is not set"},
		"unset, but netrc":  {credential.Sources{URLs: []credential.URL{unset}, Home: home(t, netrc)}, "file:p4"},
		"url before ours":   {credential.Sources{URLs: []credential.URL{url("h", "u", "p", 1)}, Lookup: env(ours)}, "u:p"},
		"ours first":        {credential.Sources{Lookup: env(ours, pip), Command: command("exit 1")}, "ours:p1"},
		"command before":    {credential.Sources{Lookup: env(pip), Command: command("echo c")}, "__token__:c"},
		"command, then pip": {credential.Sources{Lookup: env(pip), Command: command(":")}, "pip:p@2"},
		"pip before netrc":  {credential.Sources{Lookup: env(pip), Home: home(t, netrc)}, "pip:p@2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.s.Hosts = []string{"h"}
			set, err := tt.s.Collect(t.Context())
			got := ""
			for _, l := range set {
				got += string(l.User) + ":" + string(l.Password)
			}
			if err != nil {
				got = err.Error()
				if !strings.Contains(got, tt.want) || tt.want == "" || strings.Contains(got+errs.HintOf(err), canary) {
					t.Errorf("error %q, want %q", got, tt.want)
				}
			} else if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			// What is certain without running the command.
			if any := tt.s.Any(); any != (len(set) > 0 || err != nil) {
				t.Errorf("Any is %v", any)
			}
		})
	}
}

// TestNetrc: the text is what all parsers read alike, or an error without the password.
func TestNetrc(t *testing.T) {
	t.Parallel()
	text, err := credential.Set{{Host: "a", User: "u", Password: "p#1"}, {Host: "b", User: "v", Password: "q"}}.Netrc()
	if want := "machine a\nlogin u\npassword p#1\nmachine b\nlogin v\npassword q\n"; err != nil || string(text) != want {
		t.Errorf("got %q, %v", text, err)
	}
	for _, password := range []string{"", canary + " b", canary + `\`, `"` + canary, canary + "\n"} {
		_, err := credential.Set{{Host: "a", User: "u", Password: credential.Secret(password), From: "r.txt:1"}}.Netrc()
		if errs.KindOf(err) != errs.Usage || strings.Contains(err.Error(), canary) || !strings.Contains(err.Error(), "r.txt:1") {
			t.Errorf("%q: %v", password, err)
		}
	}
}

// TestHidden: no way of printing shows a secret.
func TestHidden(t *testing.T) {
	t.Parallel()
	l := credential.Login{Host: "h", User: canary, Password: canary}
	data, err := json.Marshal(map[string]any{"login": l, "set": credential.Set{l}})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "password", l.Password)
	text := fmt.Sprintf("%v %+v %#v %s %q %s %s", l, l, l, l.Password, l.Password, data, log.String())
	if strings.Contains(text, canary) {
		t.Errorf("shown: %s", text)
	}
	set := credential.Set{{User: "user", Password: canary}, {User: "tokenABC", Password: "x-oauth-basic"}, {User: "u", Password: "p"}}
	if got, want := set.Mask("a "+canary+" b tokenABC x-oauth-basic user p"), "a **** b **** x-oauth-basic user p"; got != want {
		t.Errorf("masked %q, want %q", got, want)
	}
}
