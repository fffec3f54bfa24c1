package credential_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/credential"
)

func cloud(inBuild bool) credential.Cloud {
	return credential.Cloud{
		InBuild: inBuild,
		Index:   func(host string) bool { return strings.HasSuffix(host, ".cloud") },
		Login: func(context.Context) (credential.Login, bool) {
			return credential.Login{User: "token", Password: canary}, true
		},
	}
}

// TestCloud: the cloud's indexes get its login where no other one is given, this
// machine's only where builds have none; nobody else gets it, and nobody without TLS.
func TestCloud(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		s           credential.Sources
		mine, owned string // hosts that the build gets a login for, and those it has one for
	}{
		"alone":           {credential.Sources{Hosts: []string{"a.cloud", "h"}}, "a.cloud", "a.cloud"},
		"twice":           {credential.Sources{Hosts: []string{"a.cloud", "a.cloud"}}, "a.cloud", "a.cloud"},
		"no such host":    {credential.Sources{Hosts: []string{"h", "cloud", "a.cloud.h"}}, "", ""},
		"no TLS":          {credential.Sources{Hosts: []string{"a.cloud", "b.cloud"}, Unsafe: []string{"a.cloud"}}, "b.cloud", "b.cloud"},
		"a URL's":         {credential.Sources{Hosts: []string{"a.cloud"}, URLs: []credential.URL{url("a.cloud", "u", "p", 1)}}, "a.cloud=u", ""},
		"a variable's":    {credential.Sources{Hosts: []string{"a.cloud"}, Lookup: env(credential.Variable + "=machine a.cloud login u password p")}, "a.cloud=u", ""},
		"a netrc file's":  {credential.Sources{Hosts: []string{"a.cloud"}, Home: home(t, "machine a.cloud login u password p")}, "a.cloud=u", ""},
		"a command's":     {credential.Sources{Hosts: []string{"a.cloud"}, Command: command("echo u; echo p")}, "a.cloud=u", "a.cloud"},
		"a command's not": {credential.Sources{Hosts: []string{"a.cloud"}, Command: command(":")}, "a.cloud", "a.cloud"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.s.Cloud = cloud(false)
			if own := tt.s.Own(); own != nil {
				t.Errorf("builds have logins of their own for %q", own)
			}
			check := func(what, want string) {
				t.Helper()
				set, err := tt.s.Collect(t.Context())
				var got []string
				for _, l := range set {
					if text := l.Host; l.User == "token" {
						got = append(got, text)
					} else {
						got = append(got, text+"="+string(l.User))
					}
				}
				if err != nil || strings.Join(got, " ") != want {
					t.Errorf("%s: %q, %v, want %q", what, got, err, want)
				}
				if tt.s.Any() != (want != "" || len(tt.s.Command) > 0) {
					t.Errorf("%s: Any is %v", what, tt.s.Any())
				}
			}
			check("here", tt.mine)
			tt.s.Cloud = cloud(true)
			if own := strings.Join(tt.s.Own(), " "); own != tt.owned {
				t.Errorf("builds have logins of their own for %q, want %q", own, tt.owned)
			}
			given := ""
			if strings.Contains(tt.mine, "=") {
				given = tt.mine
			}
			check("in a build", given)
		})
	}
}

// TestCloudTransport: this machine asks with its own login, over TLS and nobody else.
func TestCloudTransport(t *testing.T) {
	t.Parallel()
	s := credential.Sources{Hosts: []string{"a.cloud", "b.cloud", "h"}, Unsafe: []string{"b.cloud"}, Cloud: cloud(true)}
	for url, want := range map[string]string{
		"https://a.cloud/x": "token:" + canary, "https://A.cloud/x": "token:" + canary, "http://a.cloud/x": ":", "https://b.cloud/x": ":", "https://h/x": ":", "https://c.cloud/x": ":",
	} {
		r := &recorder{}
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := s.Transport(r).RoundTrip(q)
		if err != nil || r.login != want {
			t.Errorf("%s: %q, want %q (%v)", url, r.login, want, err)
		}
		_ = answer.Body.Close()
	}
}

// TestComplete: what was given stays, and wins.
func TestComplete(t *testing.T) {
	t.Parallel()
	own := credential.Set{{Host: "a", User: "t", Password: "1"}, {Host: "b", User: "t", Password: "1"}}
	for given, want := range map[string][]string{
		"":                             {"machine a\nlogin t\npassword 1\n", "machine b\nlogin t\npassword 1\n"},
		"default login u password p\n": {"machine a\n", "machine b\nlogin t\npassword 1\ndefault login u password p\n"},
		"machine A login u password p": {"machine b\nlogin t\npassword 1\nmachine A login u password p"},
		"machine a\nmachine b login u password p": {"\nmachine a\nmachine b login u password p"},
	} {
		text, err := credential.Complete(given, own)
		if err != nil || slices.ContainsFunc(want, func(w string) bool { return !strings.Contains(string(text), w) }) ||
			strings.Count(string(text), "machine b") != 1 {
			t.Errorf("%q: %q, %v", given, text, err)
		}
	}
}
