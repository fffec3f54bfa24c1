package worker

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// apply is bash's parameter expansion ${KEYop} for a value that is set or not.
// word expands what is nested in the operator. Unset and "" are alike, except
// for the operators without a colon.
func apply(value string, set bool, op string, word func(string) (string, error)) (string, error) {
	two, one := prefix(op, 2), prefix(op, 1)
	switch two {
	case ":-", ":+", ":?", ":=":
		arg, err := word(op[2:])
		return choose(two[1], value, value != "", arg, err)
	case "##", "%%", "//", "/#", "/%", "^^", ",,":
		arg, err := word(op[2:])
		if err != nil {
			return "", err
		}
		return cut(two, value, arg)
	}
	switch one {
	case "-", "+", "?", "=":
		arg, err := word(op[1:])
		return choose(one[0], value, set, arg, err)
	case "#", "%", "/", "^", ",":
		arg, err := word(op[1:])
		if err != nil {
			return "", err
		}
		return cut(one, value, arg)
	case ":":
		arg, err := word(op[1:])
		if err != nil {
			return "", err
		}
		return slice(value, arg)
	}
	return "", fmt.Errorf("unknown parameter expansion %q", op)
}

func prefix(s string, n int) string {
	if len(s) < n {
		return ""
	}
	return s[:n]
}

func choose(op byte, value string, has bool, arg string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	arg = strings.ReplaceAll(arg, `\}`, `}`)
	switch {
	case op == '+' && has:
		return arg, nil
	case op == '+':
		return "", nil
	case has:
		return value, nil
	case op == '?':
		return "", fmt.Errorf("parameter is empty or not set: %s", arg)
	}
	return arg, nil
}

// slice is ${KEY:offset} and ${KEY:offset:length}, counted in characters.
func slice(value, arg string) (string, error) {
	runes := []rune(value)
	off, length, hasLength := strings.Cut(arg, ":")
	from, err := strconv.Atoi(strings.TrimSpace(off))
	if err != nil {
		return "", fmt.Errorf("offset %q is not a number", off)
	}
	if from < 0 {
		from += len(runes)
	}
	if from < 0 || from > len(runes) {
		return "", nil
	}
	to := len(runes)
	if hasLength {
		n, err := strconv.Atoi(strings.TrimSpace(length))
		if err != nil {
			return "", fmt.Errorf("length %q is not a number", length)
		}
		if n < 0 {
			to += n
		} else if n < to-from {
			to = from + n
		}
		if to < from {
			return "", fmt.Errorf("length %d ends before the offset", n)
		}
	}
	return string(runes[from:to]), nil
}

// cut is what works with a glob: #, ##, %, %%, /, //, /#, /%, and the changes
// of case ^, ^^, comma and two commas.
func cut(op, value, arg string) (string, error) {
	pattern, with := arg, ""
	if op[0] == '/' {
		pattern, with = splitSlash(arg)
		if pattern == "" {
			return value, nil
		}
	}
	if op[0] == '^' || op[0] == ',' {
		return changeCase(op, value, pattern)
	}
	pieces := glob(pattern, op == "#" || op == "%")
	if len(pieces)*len(value) > maxMatching {
		return "", fmt.Errorf("pattern and value are too long together")
	}
	suffix := op == "%" || op == "%%" || op == "/%"
	anchor := "^"
	if suffix {
		// A suffix is the prefix of what is turned round: one pass, not one a start.
		slices.Reverse(pieces)
	} else if op == "/" || op == "//" {
		anchor = ""
	}
	re, err := regexp.Compile(`(?s)` + anchor + `(?:` + strings.Join(pieces, "") + `)`)
	if err != nil {
		return "", fmt.Errorf("bad pattern %q", pattern)
	}
	if op != "#" && op != "%" {
		re.Longest()
	}
	if op == "//" {
		if len(re.FindAllStringIndex(value, -1))*len(with) > maxSubstituted {
			return "", errTooLong
		}
		return re.ReplaceAllLiteralString(value, with), nil
	}
	if !suffix {
		at := re.FindStringIndex(value)
		if at == nil {
			return value, nil
		}
		return value[:at[0]] + with + value[at[1]:], nil
	}
	at := re.FindStringIndex(reversed(value))
	if at == nil {
		return value, nil
	}
	return value[:len(value)-at[1]] + with, nil
}

// splitSlash parts pattern/replacement at the first slash not escaped.
func splitSlash(s string) (pattern, with string) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '/':
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func changeCase(op, value, pattern string) (string, error) {
	if pattern == "" {
		pattern = "?"
	}
	re, err := regexp.Compile(`(?s)^(?:` + strings.Join(glob(pattern, false), "") + `)$`)
	if err != nil {
		return "", fmt.Errorf("bad pattern %q", pattern)
	}
	change := strings.ToUpper
	if op[0] == ',' {
		change = strings.ToLower
	}
	var out strings.Builder
	for i, r := range value {
		c := string(r)
		if (len(op) == 2 || i == 0) && re.MatchString(c) {
			c = change(c)
		}
		out.WriteString(c)
	}
	return out.String(), nil
}
