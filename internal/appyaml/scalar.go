package appyaml

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// plain gives a scalar without quotes the type that gcloud finds in it, and the text
// that Python makes of that. App Engine's files are YAML 1.1, where yes is a boolean,
// 010 is eight and 1:30 is ninety; what people write was tried with that reader, so it
// must not mean something else here.
func plain(source string) (kind Kind, text string) {
	switch f := forms(); {
	case source == "" || source == "~" || strings.EqualFold(source, "null") && f.cased.MatchString(source):
		return Null, ""
	case f.truth.MatchString(source) && f.cased.MatchString(source):
		if strings.ContainsAny(source[:1], "yYtT") || strings.EqualFold(source, "on") {
			return Boolean, "True"
		}
		return Boolean, "False"
	case f.whole.MatchString(source):
		if n, ok := whole(source); ok {
			return Number, n
		}
	case f.fraction.MatchString(source):
		if n, ok := fraction(source); ok {
			return Number, n
		}
	}
	return Text, source
}

// patterns are YAML 1.1's (yaml.org/type), as gcloud's parser has them.
type patterns struct{ cased, truth, whole, fraction, moment *regexp.Regexp }

var forms = sync.OnceValue(func() patterns {
	return patterns{
		cased:    regexp.MustCompile(`^([a-z]+|[A-Z][a-z]*|[A-Z]+)$`),
		truth:    regexp.MustCompile(`(?i)^(y|n|yes|no|true|false|on|off)$`),
		whole:    regexp.MustCompile(`^[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*(:[0-5]?[0-9])*)$`),
		fraction: regexp.MustCompile(`^[-+]?([0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+|\.[0-9_]+([eE][-+][0-9]+)?|\.(inf|Inf|INF))$|^\.(nan|NaN|NAN)$`),
		moment:   regexp.MustCompile(`^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}`),
	}
})

// whole is an integer in any form of YAML 1.1, as Python prints it.
func whole(source string) (string, bool) {
	digits := strings.ReplaceAll(strings.TrimLeft(source, "+-"), "_", "")
	n, ok := new(big.Int), true
	switch {
	case strings.Contains(digits, ":"):
		sixty := big.NewInt(60)
		for part := range strings.SplitSeq(digits, ":") {
			d, err := strconv.Atoi(part)
			if err != nil {
				return "", false
			}
			n.Add(n.Mul(n, sixty), big.NewInt(int64(d)))
		}
	case strings.HasPrefix(digits, "0b"):
		n, ok = n.SetString(digits[2:], 2)
	case strings.HasPrefix(digits, "0x"):
		n, ok = n.SetString(digits[2:], 16)
	case len(digits) > 1 && digits[0] == '0':
		n, ok = n.SetString(digits[1:], 8) // 08 is a text
	default:
		n, ok = n.SetString(digits, 10)
	}
	if !ok {
		return "", false
	}
	if source[0] == '-' {
		n.Neg(n)
	}
	return n.String(), true
}

func fraction(source string) (string, bool) {
	s := strings.ToLower(strings.ReplaceAll(source, "_", ""))
	if strings.HasSuffix(s, "inf") || strings.HasSuffix(s, "nan") {
		return strings.TrimPrefix(strings.ReplaceAll(s, ".", ""), "+"), true
	}
	f, err := strconv.ParseFloat(s, 64)
	return python(f), err == nil
}

// python is a number as Python prints it.
func python(f float64) string {
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
