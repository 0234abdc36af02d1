// Go's net/http as a client or a server over TLS: see server.py for what the server answers, and
// test_our_server.py for what the client says.
//
//	peer server CERTIFICATE KEY
//	peer client URL CERTIFICATE SCENARIO OCTETS
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

var block = make([]byte, 65536)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// pattern reads so many octets of the pattern.
func pattern(octets int64) io.Reader { return &patternReader{octets, 0} }

type patternReader struct{ left, at int64 }

func (r *patternReader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	from := block[r.at%65536:]
	if int64(len(from)) > r.left {
		from = from[:r.left]
	}
	n := copy(p, from)
	r.at += int64(n)
	r.left -= int64(n)
	return n, nil
}

func describe(octets int64, digest hash.Hash) string {
	return fmt.Sprintf("%d %x", octets, digest.Sum(nil))
}

func count(body io.Reader) string {
	digest := sha256.New()
	octets, err := io.Copy(digest, body)
	check(err)
	return describe(octets, digest)
}

// ------------------------------------------------------------------------------------- server

func handle(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case path == "/echo":
		buffer := make([]byte, 65536)
		w.WriteHeader(200)
		for {
			n, err := r.Body.Read(buffer)
			w.Write(buffer[:n])
			w.(http.Flusher).Flush()
			if err != nil {
				return
			}
		}
	case path == "/count":
		io.WriteString(w, count(r.Body))
	case strings.HasPrefix(path, "/bytes/"):
		octets, _ := strconv.ParseInt(path[len("/bytes/"):], 10, 64)
		w.Header().Set("content-length", strconv.FormatInt(octets, 10))
		io.Copy(w, pattern(octets))
	case path == "/trailers" && r.Method == "POST":
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, r.Trailer.Get("x-request-trailer"))
	case path == "/trailers":
		w.Header().Set("trailer", "x-trailer")
		io.WriteString(w, "Hello, world!")
		w.Header().Set("x-trailer", "behind the body")
	case path == "/slow":
		io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		time.Sleep(time.Second)
		io.WriteString(w, "last\n")
	case path == "/push":
		if w.(http.Pusher).Push("/pushed", nil) != nil {
			io.WriteString(w, "refused")
		} else {
			io.WriteString(w, "pushed")
		}
	default:
		w.Header().Set("x-method", r.Method)
		io.WriteString(w, "Hello, world!")
	}
}

func serve(certificate, key string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	server := &http.Server{Handler: http.HandlerFunc(handle)}
	stopped := make(chan struct{})
	go func() {
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM)
		<-signals
		server.Shutdown(context.Background())
		close(stopped)
	}()
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	if err := server.ServeTLS(listener, certificate, key); err != http.ErrServerClosed {
		check(err)
	}
	<-stopped
}

// ------------------------------------------------------------------------------------- client

var connections atomic.Int64

type client struct {
	*http.Client
	url string
}

func newClient(url, authority string) client {
	pem, err := os.ReadFile(authority)
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return client{&http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2: true,
	}}, url}
}

func (c client) start(method, path string, body io.Reader, trailer http.Header) *http.Response {
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		if !info.Reused {
			connections.Add(1)
		}
	}}
	ctx := httptrace.WithClientTrace(context.Background(), trace)
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	check(err)
	request.Trailer = trailer
	response, err := c.Do(request)
	check(err)
	if response.ProtoMajor != 2 || response.StatusCode != 200 {
		check(fmt.Errorf("%s over %s", response.Status, response.Proto))
	}
	return response
}

func (c client) read(method, path string, body io.Reader) string {
	response := c.start(method, path, body, nil)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	check(err)
	return string(content)
}

func (c client) download(octets int64) string {
	response := c.start("GET", fmt.Sprintf("/bytes/%d", octets), nil, nil)
	defer response.Body.Close()
	return count(response.Body)
}

func (c client) echo(octets int64) string {
	response := c.start("POST", "/echo", pattern(octets), nil)
	defer response.Body.Close()
	return count(response.Body)
}

func (c client) many(requests, atOnce int) string {
	c.read("GET", "/", nil) // so that there is a connection
	var all sync.WaitGroup
	var good atomic.Int64
	for worker := 0; worker < atOnce; worker++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for n := worker; n < requests; n += atOnce {
				if c.read("GET", "/", nil) == "Hello, world!" {
					good.Add(1)
				}
			}
		}()
	}
	all.Wait()
	return fmt.Sprintf("%d over %d", good.Load(), connections.Load())
}

func (c client) interleave(octets int64) string {
	c.read("GET", "/", nil)
	results := make([]string, 12)
	var all sync.WaitGroup
	for n := range results {
		all.Add(1)
		go func() {
			defer all.Done()
			switch n % 3 {
			case 0:
				results[n] = c.download(octets)
			case 1:
				results[n] = c.read("POST", "/count", pattern(octets))
			default:
				results[n] = c.echo(octets)
			}
		}()
	}
	all.Wait()
	for _, result := range results {
		if result != results[0] {
			return strings.Join(results, "; ")
		}
	}
	return fmt.Sprintf("%s over %d", results[0], connections.Load())
}

func (c client) trailers() string {
	response := c.start("GET", "/trailers", nil, nil)
	io.Copy(io.Discard, response.Body)
	sent := http.Header{"X-Request-Trailer": {"from Go"}}
	answer, err := io.ReadAll(c.start("POST", "/trailers", bytes.NewReader(block), sent).Body)
	check(err)
	return response.Trailer.Get("x-trailer") + ", " + string(answer)
}

func (c client) shutdown() string {
	response := c.start("GET", "/slow", nil, nil)
	first := make([]byte, 6)
	_, err := io.ReadFull(response.Body, first)
	check(err)
	fmt.Println("started")
	rest, err := io.ReadAll(response.Body)
	check(err)
	return strings.ReplaceAll(string(first)+string(rest), "\n", ".")
}

func (c client) run(scenario string, octets int64) string {
	switch scenario {
	case "get":
		return c.read("GET", "/", nil)
	case "post":
		return c.read("POST", "/echo", strings.NewReader("an echo"))
	case "download":
		return c.download(octets)
	case "upload":
		return c.read("POST", "/count", pattern(octets))
	case "many":
		return c.many(10000, 1)
	case "at_once":
		return c.many(100, 100)
	case "interleave":
		return c.interleave(octets)
	case "trailers":
		return c.trailers()
	case "shutdown":
		return c.shutdown()
	}
	return "no such scenario"
}

func main() {
	for i := range block {
		block[i] = byte(i ^ i>>8)
	}
	if os.Args[1] == "server" {
		serve(os.Args[2], os.Args[3])
		return
	}
	octets, err := strconv.ParseInt(os.Args[5], 10, 64)
	check(err)
	fmt.Println(newClient(os.Args[2], os.Args[3]).run(os.Args[4], octets))
}
