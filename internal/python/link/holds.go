package link

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Holds says whether a file's text still has one of the secrets, however it is
// written: over two lines of a requirements file, with escapes of JSON or TOML, or
// in an encoding in which no URL is found.
func Holds[S ~string](text string, secrets []S) bool {
	if strings.Contains(text, "\x00") { // UTF-16
		return true
	}
	plain := unescaped().ReplaceAllStringFunc(text, func(s string) string {
		switch s[1] {
		case '/':
			return "/"
		case 'u', 'U', 'x':
			if n, err := strconv.ParseUint(s[2:], 16, 32); err == nil {
				return string(rune(n))
			}
			return s
		}
		return "" // a line goes on
	})
	for _, secret := range secrets {
		if secret != "" && (strings.Contains(text, string(secret)+"@") || strings.Contains(plain, string(secret)+"@")) {
			return true
		}
	}
	return false
}

var unescaped = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\x[0-9A-Fa-f]{2}|\\/|` + goesOn)
})

// goesOn is where a line of a requirements file goes on, as pip joins them: whatever
// ends it, and however many backslashes stand at either end.
const goesOn = `\\+(\r\n|[\r\n\v\f\x1c-\x1e\x{85}\x{2028}\x{2029}])\\*`
