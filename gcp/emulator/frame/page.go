package frame

import (
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Page cuts a list to the page that was asked for: usual items where no size is
// given, and no more than most. A token is the number of a page's first item.
func Page[T any](all []T, size int32, token string, usual, most int) (page []T, next string, err error) {
	from := 0
	if token != "" {
		if from, err = strconv.Atoi(token); err != nil || from < 0 || from > len(all) {
			return nil, "", status.Error(codes.InvalidArgument, "Invalid page token.")
		}
	}
	switch {
	case size < 0:
		return nil, "", status.Error(codes.InvalidArgument, "Page size must not be negative.")
	case size > 0:
		usual = int(size)
	}
	to := from + min(usual, most)
	if to >= len(all) {
		return all[from:], "", nil
	}
	return all[from:to], strconv.Itoa(to), nil
}
