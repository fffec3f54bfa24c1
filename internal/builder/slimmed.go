package builder

import (
	"regexp"
	"slices"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
	"github.com/gcpdeploy/gcpdeploy/internal/plan"
)

// slimmed are the names of folders that slimming removes.
var slimmed = map[string][]string{"tests": {"test", "tests"}, "docs": {"doc", "docs"}}

var missingModule = regexp.MustCompile(`No module named '([\w.]+)'`)

// missing is the module of a package that a line says is not there, in such a folder; "" = it
// says nothing of the kind.
func missing(line string) string {
	m := missingModule.FindStringSubmatch(line)
	if m == nil {
		return ""
	}
	for _, folder := range strings.Split(m[1], ".")[1:] {
		if slices.Contains(slimmed["tests"], folder) || slices.Contains(slimmed["docs"], folder) {
			return m[1]
		}
	}
	return ""
}

// orSlimmed gives the error of a failed test a better hint, where slimming has removed what the
// test says is missing.
func orSlimmed(err error, slim plan.Slim, module string) error {
	if err == nil || module == "" {
		return err
	}
	for _, what := range slim.Remove {
		for _, folder := range slimmed[what] {
			if slices.Contains(strings.Split(module, "."), folder) {
				return errs.New(errs.KindOf(err), "Name the package that has "+module+" under slim.keep: `slim` removes "+what+" of the others.", "%w", err)
			}
		}
	}
	return err
}
