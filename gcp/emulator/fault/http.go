package fault

import (
	"io"
	"net/http"
)

// HTTPStatus is the HTTP status Google answers for a gRPC code, from
// google/rpc/code.proto.
var HTTPStatus = map[int32]int{
	0: 200, 1: 499, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400,
	10: 409, 11: 400, 12: 404, 13: 500, 14: 503, 15: 500, 16: 401,
}

// Cut wraps a request so that op's next drop, if one is asked for, cuts its
// connection after that many bytes of its body.
func (s *Set) Cut(op string, r *http.Request) *http.Request {
	after, ok := s.TakeDrop(op)
	if !ok {
		return r
	}
	if after <= 0 || r.Body == nil {
		panic(http.ErrAbortHandler)
	}
	r2 := *r
	r2.Body = &cutBody{r.Body, after}
	return &r2
}

// cutBody gives left bytes and then ends the connection.
type cutBody struct {
	io.ReadCloser
	left int64
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.left <= 0 {
		panic(http.ErrAbortHandler)
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
