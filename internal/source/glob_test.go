package source

import "testing"

// What Python 3.12's fnmatch says.
func TestGlob(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true}, {"a", "A", false}, {"", "", true}, {"*", "", true}, {"?", "", false}, {"?", "é", true}, {"??", "é", false},
		{"?", "\xff", true}, {"\xff*", "\xffa", true}, {"*.py", ".py", true}, {"*.py", "a.pyc", false}, {"**a*", "xxaxx", true}, {"a*b*c", "abcbc", true},
		{"[abc]", "b", true}, {"[!abc]", "b", false}, {"[^a]", "^", true}, {"[^a]", "b", false}, {"[a-c]x", "bx", true}, {"[a-]", "-", true}, {"[-a]", "-", true},
		{"[]a]", "]", true}, {"[!]a]", "]", false}, {"[", "[", true}, {"[a", "[a", true}, {"[]", "[]", true}, {"[!]", "[!]", true}, {"[c-a]", "b", false}, {"[!c-a]", "b", true},
		{`[\]`, `\`, true}, {"[é-ü]", "ê", true}, {"[z-a!b]", "b", false}, {"[z-a!b]", "c", true}, {"a-c", "b", false}, {"[a-c-e]", "-", true}, {"[a-c-e]", "d", false},
	} {
		if got := compileGlob(tt.pattern).match(tt.name); got != tt.want {
			t.Errorf("%q on %q = %v", tt.pattern, tt.name, got)
		}
	}
}
