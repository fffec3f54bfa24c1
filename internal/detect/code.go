package detect

import "strings"

// code blanks comments and the insides of triple-quoted strings, so that no
// example in a docstring is taken for code. Lines stay where they are.
func code(text string) string {
	var out strings.Builder
	quote := "" // of the string that i is in
	for i := 0; i < len(text); {
		rest := text[i:]
		switch {
		case quote == "" && rest[0] == '#':
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			i += n
			continue
		case quote == "" && (strings.HasPrefix(rest, `"""`) || strings.HasPrefix(rest, "'''")):
			quote = rest[:3]
			out.WriteString(quote)
			i += 3
			continue
		case quote == "" && (rest[0] == '"' || rest[0] == '\''):
			quote = rest[:1]
		case quote != "" && rest[0] == '\\' && len(rest) > 1 && rest[1] != '\n':
			if len(quote) == 1 {
				out.WriteString(rest[:2])
			}
			i += 2
			continue
		case quote != "" && strings.HasPrefix(rest, quote):
			out.WriteString(quote)
			i += len(quote)
			quote = ""
			continue
		case len(quote) == 1 && rest[0] == '\n':
			quote = ""
		}
		if len(quote) < 3 || rest[0] == '\n' {
			out.WriteByte(rest[0])
		}
		i++
	}
	return out.String()
}
