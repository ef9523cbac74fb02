package oteltrace

import (
	"net"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/cspkit/cspkit/customers"
	"github.com/cspkit/cspkit/mca"
	"github.com/cspkit/cspkit/offboard"
	"github.com/cspkit/cspkit/partnercenter"
)

// The attributes that the conventions do not know.
const (
	operationKey  = attribute.Key("cspkit.operation")
	resourceKey   = attribute.Key("cspkit.resource")
	credentialKey = attribute.Key("cspkit.credential")
	requestID     = attribute.Key("cspkit.request_id")
	correlationID = attribute.Key("cspkit.correlation_id")
	errorCode     = attribute.Key("cspkit.error.code")
	waitDuration  = attribute.Key("cspkit.wait.duration")
	waitReason    = attribute.Key("cspkit.wait.reason")
	customerID    = attribute.Key("cspkit.customer.id")
	offboardPhase = attribute.Key("cspkit.offboard.phase")
	offboardState = attribute.Key("cspkit.offboard.state")
	mcaActivity   = attribute.Key("cspkit.mca.activity")
	mcaState      = attribute.Key("cspkit.mca.state")
)

// operation returns what is known of an operation as it begins.
func operation(e partnercenter.Event) []attribute.KeyValue {
	return []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(e.Method), semconv.URLTemplate(e.Path),
		operationKey.String(e.Operation), resourceKey.String(string(e.Resource)), credentialKey.String(e.Credential.String()),
		requestID.String(e.RequestID), correlationID.String(e.CorrelationID),
	}
}

// operationEnd returns what its end adds.
func operationEnd(e partnercenter.Event) []attribute.KeyValue {
	attrs := status(e)
	if e.Err != nil {
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType(e.Err)))
	}
	if e.Code != "" {
		attrs = append(attrs, errorCode.String(e.Code))
	}
	return attrs
}

// attempt returns what is known of an attempt as it begins.
func attempt(e partnercenter.Event) []attribute.KeyValue {
	attrs := append(request(e), server(e)...)
	if e.Scheme != "" {
		attrs = append(attrs, semconv.URLFull(address(e)))
	}
	if e.Attempt > 1 {
		attrs = append(attrs, semconv.HTTPRequestResendCount(e.Attempt-1))
	}
	return attrs
}

// attemptEnd returns what its end adds.
func attemptEnd(e partnercenter.Event) []attribute.KeyValue {
	attrs := status(e)
	switch {
	case e.Err != nil:
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType(e.Err)))
	case e.Status >= 400:
		attrs = append(attrs, semconv.ErrorTypeKey.String(strconv.Itoa(e.Status)))
	}
	return attrs
}

func request(e partnercenter.Event) []attribute.KeyValue {
	return []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(e.Method), semconv.URLTemplate(e.Path)}
}

func server(e partnercenter.Event) []attribute.KeyValue {
	host, port := hostPort(e)
	return []attribute.KeyValue{semconv.ServerAddress(host), semconv.ServerPort(port)}
}

func hostPort(e partnercenter.Event) (host string, port int) {
	colon := strings.LastIndexByte(e.Host, ':')
	if colon < 0 {
		return e.Host, 0
	}
	port, _ = strconv.Atoi(e.Host[colon+1:])
	return e.Host[:colon], port
}

// address is the full address that the conventions require, scrubbed as they
// have it: identifiers and the query of a request may be anybody's business. What
// a base URL puts before /v1 is not known here.
func address(e partnercenter.Event) string {
	host, port := hostPort(e)
	at := net.JoinHostPort(host, strconv.Itoa(port)) // an IPv6 address in brackets
	at = strings.TrimSuffix(at, map[string]string{"https": ":443", "http": ":80"}[e.Scheme])
	return e.Scheme + "://" + at + strings.ReplaceAll(e.Path, "{id}", "REDACTED")
}

func status(e partnercenter.Event) []attribute.KeyValue {
	if e.Status == 0 {
		return nil
	}
	return []attribute.KeyValue{semconv.HTTPResponseStatusCode(e.Status)}
}

// customer names the customer that work is about, unless it is named by what is
// no tenant id and so may be anything.
func customer(named customers.TenantID) []attribute.KeyValue {
	id, err := customers.ParseTenantID(string(named))
	if err != nil {
		return nil
	}
	return []attribute.KeyValue{customerID.String(string(id))}
}

// activityEnd returns what the end of a run or round adds.
func activityEnd(a offboard.Activity) []attribute.KeyValue {
	attrs := []attribute.KeyValue{offboardPhase.String(string(a.Phase)), offboardState.String(string(a.State))}
	if a.Err != nil {
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType(a.Err)))
	}
	return attrs
}

// deskEnd returns what the end of the work of a desk adds.
func deskEnd(a mca.Activity) []attribute.KeyValue {
	var attrs []attribute.KeyValue
	if a.State != "" {
		attrs = append(attrs, mcaState.String(string(a.State)))
	}
	if a.Err != nil {
		attrs = append(attrs, semconv.ErrorTypeKey.String(errorType(a.Err)))
	}
	return attrs
}
