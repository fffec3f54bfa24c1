package project_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/python/project"
)

func TestMonorepoUnlocked(t *testing.T) {
	t.Parallel()
	for source, refused := range map[string]bool{
		"{ workspace = true }": true, "{ path = '../core-lib', editable = true }": true, "[{ path = '../core-lib', marker = 'x' }]": true,
		"{ git = 'https://h/r' }": false, "{ index = 'x' }": false,
	} {
		files := tree("pyproject.toml", "[project]\nname = 'api'\ndependencies = [\n 'flask',\n 'Core_Lib>=1']\n[tool.uv.sources]\ncore-lib = "+source+"\n")
		_, _, err := project.Dependencies(files, "pyproject.toml")
		if _, _, self := project.Dependencies(files, project.Self); (self == nil) != (err == nil) {
			t.Errorf("%s: installed, %v", source, self)
		}
		switch {
		case !refused && err != nil:
			t.Errorf("%s: %v", source, err)
		case refused && (err == nil || !strings.HasPrefix(err.Error(), "pyproject.toml:5") || errs.HintOf(err) != "Run `uv lock`."):
			t.Errorf("%s: %v (hint %q)", source, err, errs.HintOf(err))
		}
	}
}
