package imagefile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"mvdan.cc/sh/v3/syntax"
)

var packageName = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`)

// installs are the packages that a shell's text has apt install, each by its name
// alone. What only the shell can tell is left out.
func installs(text string, heredocs []instructions.ShellInlineFile) (names []string) {
	for _, h := range heredocs {
		text = h.Data
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
	if err != nil {
		return nil
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		call, ok := n.(*syntax.CallExpr)
		if !ok {
			return true
		}
		var words []string
		for _, w := range call.Args {
			words = append(words, w.Lit())
		}
		tool := slices.IndexFunc(words, func(w string) bool { return w == "apt-get" || w == "apt" })
		verb := slices.Index(words, "install")
		if tool < 0 || verb < tool {
			return true
		}
		for i := verb + 1; i < len(words); i++ {
			if w := words[i]; w == "-t" || w == "-o" || w == "--target-release" {
				i++
				continue
			}
			name, _, _ := strings.Cut(words[i], "=")
			if packageName.MatchString(name) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return true
	})
	return names
}
