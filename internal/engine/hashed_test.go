package engine

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// TestHalfHashed: pip refuses requirements of which some have a hash and others none;
// that is known before anything is sent.
func TestHalfHashed(t *testing.T) {
	t.Parallel()
	const h = " --hash=sha256:" + "00000000000000000000000000000000000000000000000000000000000000aa"
	for _, tt := range []struct{ name, text, want string }{
		{"one of two", "six==1.17" + h + "\nflask==3.1\n", "requirements.txt:2: flask==3.1 has no hash"},
		{"an option without any", "--require-hashes\nflask==3.1\n", "requirements.txt:2: flask==3.1 has no hash"},
		{"a link", "six==1.17" + h + "\nflask @ https://h.invalid/flask-3.1.tar.gz\n", "requirements.txt:2: flask @ https://h.invalid/flask-3.1.tar.gz has no hash"},
		{"a repository", "six==1.17" + h + "\nflask @ git+https://h.invalid/flask@abc\n", "has no hash"},
		{"all", "six==1.17" + h + "\nflask==3.1" + h + "\n", ""},
		{"none", "six==1.17\nflask==3.1\n", ""},
		{"a link with its own", "six==1.17" + h + "\nflask @ https://h.invalid/flask-3.1.tar.gz#sha256=" + strings.TrimPrefix(h, " --hash=sha256:") + "\n", ""},
		{"an archive of the app's", "six==1.17" + h + "\n./flask-3.1-py3-none-any.whl\n", "requirements.txt:2: ./flask-3.1-py3-none-any.whl has no hash"},
		{"of another system", "six==1.17" + h + "\nflask==3.1 ; sys_platform == 'win32'\n", ""},
		{"of another Python", "six==1.17" + h + "\nflask==3.1 ; python_version < '3.9'\n", ""},
		{"on another line", "six==1.17" + h + "\nsix>=1\n", ""},
		{"a limit", "six==1.17" + h + "\n-c limits.txt\n", ""},
		{"switched off", "--no-require-hashes\nsix==1.17" + h + "\nflask==3.1\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, map[string]string{"requirements.txt": tt.text, "limits.txt": "flask<4\n", "flask-3.1-py3-none-any.whl": ""})
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || errs.KindOf(err) != errs.Usage || errs.HintOf(err) == ""):
				t.Errorf("%v (hint %q), want a usage error with %q", err, errs.HintOf(err), tt.want)
			}
		})
	}
}

// TestHalfHashedTests: those of the tests are refused like those of the app.
func TestHalfHashedTests(t *testing.T) {
	t.Parallel()
	_, err := load(t, map[string]string{
		"gcpdeploy.yaml":   "{service: s, project: my-project, python: '3.12', test: {command: [pytest], requirements: [dev.txt]}}\n",
		"requirements.txt": "six==1.17 --hash=sha256:00000000000000000000000000000000000000000000000000000000000000aa\n",
		"dev.txt":          "-r requirements.txt\npytest\n",
	})
	if err == nil || !strings.Contains(err.Error(), "dev.txt:2: pytest has no hash") {
		t.Errorf("%v, want one that names the line", err)
	}
}
