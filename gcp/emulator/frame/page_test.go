package frame_test

import (
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/frame"
)

func TestPage(t *testing.T) {
	t.Parallel()
	all := []int{0, 1, 2, 3, 4}
	for _, tt := range []struct {
		size  int32
		token string
		want  string
	}{
		{0, "", "[0 1] 2"}, {0, "2", "[2 3] 4"}, {0, "4", "[4] "}, {0, "5", "[] "},
		{1, "", "[0] 1"}, {9, "", "[0 1 2] 3"}, {3, "2", "[2 3 4] "},
	} {
		page, next, err := frame.Page(all, tt.size, tt.token, 2, 3)
		if got := fmt.Sprint(page, " ", next); got != tt.want || err != nil {
			t.Errorf("%d from %q: %s, %v; want %s", tt.size, tt.token, got, err, tt.want)
		}
	}
	for _, token := range []string{"x", "-1", "6"} {
		if _, _, err := frame.Page(all, 0, token, 2, 3); status.Code(err) != codes.InvalidArgument {
			t.Errorf("token %q: %v", token, err)
		}
	}
	if _, _, err := frame.Page(all, -1, "", 2, 3); status.Code(err) != codes.InvalidArgument {
		t.Errorf("size -1: %v", err)
	}
}
