package yamlfile

import (
	"strings"

	"github.com/goccy/go-yaml/token"
)

// joined puts texts together again that the lexer cut in two: within braces it takes
// each colon for one that ends a key, so that {notify: [topic:news]} would hold a
// mapping. In YAML a colon does that only before a space, or after quotes.
func joined(cut token.Tokens) token.Tokens {
	var out token.Tokens
	for i := 0; i < len(cut); i++ {
		t := cut[i]
		for i+2 < len(cut) && oneText(t, cut[i+1], cut[i+2]) {
			rest := cut[i+2]
			t = token.String(t.Value+gap(t)+":"+rest.Value, t.Origin+":"+rest.Origin, t.Position)
			i += 2
		}
		t.Prev, t.Next = nil, nil
		out.Add(t)
	}
	return out
}

// oneText says whether a text, the colon after it and what follows are one text.
func oneText(t, colon, rest *token.Token) bool {
	if t.Indicator != token.NotIndicator || colon.Type != token.MappingValueType || rest.Indicator != token.NotIndicator {
		return false
	}
	at, then := colon.Position, rest.Position
	return at.Line == then.Line && at.Column+1 == then.Column && // nothing is between them
		t.Position.Line == at.Line &&
		!strings.Contains(rest.Value, ": ") // which the lexer has not cut where it should have
}

// gap is the white space between a text and the colon after it.
func gap(t *token.Token) string { return t.Origin[len(strings.TrimRight(t.Origin, " \t")):] }
