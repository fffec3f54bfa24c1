package storage

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is a refusal as Google words it: HTTP status, reason of the JSON form,
// text.
type Error struct {
	Code    int
	Reason  string
	Message string
}

// Error is the text.
func (e *Error) Error() string { return e.Message }

var (
	errNoBucket     = &Error{404, "notFound", "The specified bucket does not exist."}
	errPrecondition = &Error{412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold."}
	errNotModified  = &Error{304, "notModified", "Not Modified"}
)

func noObject(bucket, name string) *Error {
	return &Error{404, "notFound", "No such object: " + bucket + "/" + name}
}

func invalid(format string, args ...any) *Error {
	return &Error{400, "invalid", fmt.Sprintf(format, args...)}
}

// Rules of bucket names from cloud.google.com/storage/docs/buckets#naming, read 2026-11.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$`)

func checkBucket(name string) error {
	if !bucketName.MatchString(name) || strings.Contains(name, "..") {
		return invalid("Invalid bucket name: '%.80s'", name)
	}
	for part := range strings.SplitSeq(name, ".") {
		if len(part) > 63 || part == "" {
			return invalid("Invalid bucket name: '%.80s'", name)
		}
	}
	return nil
}

// checkNewBucket holds the rules that only a user's own bucket must obey.
func checkNewBucket(name string) error {
	if err := checkBucket(name); err != nil {
		return err
	}
	if !strings.Contains(name, ".") && len(name) > 63 || strings.HasPrefix(name, "goog") || strings.Contains(name, "google") {
		return invalid("Invalid bucket name: '%.80s'", name)
	}
	return nil
}

// checkObject refuses what Google refuses, and beyond that what could name a
// place outside the store or hide a slash: absolute names, dot segments, control
// characters, slashes encoded twice.
func checkObject(name string) error {
	switch {
	case name == "":
		return &Error{400, "required", "Required"}
	case len(name) > 1024:
		return invalid("The specified object name is not valid: it is longer than 1024 bytes.")
	case !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl):
		return invalid("Disallowed unicode characters present in object name.")
	case strings.HasPrefix(name, "/"), strings.Contains(name, `\`):
		return invalid("Invalid object name: '%.80s': it must be relative, with forward slashes.", name)
	case strings.Contains(strings.ToLower(name), "%2f"):
		return invalid("Invalid object name: '%.80s': it has an encoded slash.", name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "." || part == ".." {
			return invalid("Invalid object name: '%.80s': it has a segment of dots.", name)
		}
	}
	return nil
}
