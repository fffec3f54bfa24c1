package builder

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

func TestListeners(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, table string
		want        []string
	}{
		{"empty", head, nil},
		{"all", head + "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1\n", []string{"0.0.0.0:8080"}},
		{"loopback", head + "   0: 0100007F:1388 00000000:0000 0A 0\n", []string{"127.0.0.1:5000"}},
		{"established is no listener", head + "   0: 0100007F:1388 0100007F:9C40 01 0\n", nil},
		{"v6", head + "   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0\n" +
			"   1: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0\n" +
			"   2: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A 0\n",
			[]string{"[::]:8080", "[::1]:8080", "127.0.0.1:80"}},
		{"damaged", head + "x\n 0: zz:1F90 0 0A\n 0: 00000000 0 0A\n 0: 0000:1F90 0 0A\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, a := range listeners(strings.NewReader(tt.table)) {
				got = append(got, a.String())
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzListeners(f *testing.F) {
	f.Add(head + "   0: 0100007F:1388 00000000:0000 0A 0\n")
	f.Fuzz(func(t *testing.T, table string) {
		for _, a := range listeners(strings.NewReader(table)) {
			if _, err := netip.ParseAddrPort(a.String()); err != nil {
				t.Error(err)
			}
		}
	})
}
