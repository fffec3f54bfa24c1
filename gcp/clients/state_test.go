package clients_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/gcp/clients"
	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

func deps(home string, env map[string]string) clients.Deps {
	return clients.Deps{
		Version: func() string { return "v0" }, Home: home,
		Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	}
}

func TestStateDirIsAbsolute(t *testing.T) {
	t.Parallel()
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		home string
		env  map[string]string
		want string
	}{
		"at home":                    {"/home/u", nil, "/home/u/.local/state/gcpdeploy/local"},
		"named":                      {"/home/u", map[string]string{"GCPDEPLOY_STATE_DIR": "/s"}, "/s/local"},
		"named, relative":            {"/home/u", map[string]string{"GCPDEPLOY_STATE_DIR": "s"}, here + "/s/local"},
		"named, relative, no home":   {"", map[string]string{"GCPDEPLOY_STATE_DIR": "../s"}, filepath.Dir(here) + "/s/local"},
		"named as nothing":           {"/home/u", map[string]string{"GCPDEPLOY_STATE_DIR": ""}, "/home/u/.local/state/gcpdeploy/local"},
		"XDG":                        {"", map[string]string{"XDG_STATE_HOME": "/x"}, "/x/gcpdeploy/local"},
		"XDG, relative: passed over": {"/home/u", map[string]string{"XDG_STATE_HOME": "x"}, "/home/u/.local/state/gcpdeploy/local"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := deps(tt.home, tt.env).Emulators()
			if err != nil || d.Dir != tt.want {
				t.Errorf("got %s, %v, want %s", d.Dir, err, tt.want)
			}
		})
	}
}

func TestStateDirNoHome(t *testing.T) {
	t.Parallel()
	for _, home := range []string{"", "home"} {
		_, err := deps(home, map[string]string{"XDG_STATE_HOME": "x"}).Emulators()
		if errs.KindOf(err) != errs.Usage || !strings.Contains(err.Error(), "HOME is") {
			t.Errorf("HOME=%q: %v", home, err)
		}
		if hint := errs.HintOf(err); !strings.Contains(hint, "GCPDEPLOY_STATE_DIR") {
			t.Errorf("HOME=%q: the hint %q", home, hint)
		}
	}
}
