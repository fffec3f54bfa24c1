package registry

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// page cuts a list to the page that was asked for: at most 1000, 100 where no
// size is given.
func page[T any](all []T, size int32, token string) ([]T, string, error) {
	if size < 0 {
		return nil, "", status.Error(codes.InvalidArgument, "page_size must not be negative.")
	}
	if size == 0 {
		size = 100
	}
	n, from := min(int(size), 1000), 0
	if token != "" {
		text, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			from, err = strconv.Atoi(string(text))
		}
		if err != nil || from < 0 || from > len(all) {
			return nil, "", status.Error(codes.InvalidArgument, "Invalid page_token.")
		}
	}
	if all = all[from:]; len(all) <= n {
		return all, "", nil
	}
	return all[:n], base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(from + n))), nil
}

var comparison = regexp.MustCompile(`^\s*(\w+)\s*=\s*"([^"]*)"\s*$`)

// filter reads FIELD="value" with * for anything, case insensitive, which is
// the part of the filter language that clients use. The predicate is of field's
// value.
func filter(text, field string) (func(string) bool, error) {
	if strings.TrimSpace(text) == "" {
		return func(string) bool { return true }, nil
	}
	m := comparison.FindStringSubmatch(text)
	if m == nil || m[1] != field {
		return nil, status.Errorf(codes.InvalidArgument, "Invalid filter %.200q.", text)
	}
	pattern := "(?i)^" + strings.ReplaceAll(regexp.QuoteMeta(m[2]), `\*`, ".*") + "$"
	return regexp.MustCompile(pattern).MatchString, nil
}

// order reads "FIELD [asc|desc]": the field, one of those given, and whether
// descending. Empty text is the first field, ascending.
func order(text string, fields ...string) (field string, desc bool, err error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return fields[0], false, nil
	}
	for _, f := range fields {
		if strings.EqualFold(strings.ReplaceAll(words[0], "_", ""), strings.ReplaceAll(f, "_", "")) {
			switch {
			case len(words) == 1 || len(words) == 2 && strings.EqualFold(words[1], "asc"):
				return f, false, nil
			case len(words) == 2 && strings.EqualFold(words[1], "desc"):
				return f, true, nil
			}
		}
	}
	return "", false, status.Errorf(codes.InvalidArgument, "Invalid order_by %.80q.", text)
}
