/**
 * `/lastclick.js`, for sites that the tracker does not stand in front of. It fills `referral_token` fields and Stripe's payment links, those
 * that come later too, once there is something to fill and only where there is a token. Plain old JavaScript: it is served as it stands.
 */
export const LASTCLICK_JS = String.raw`(function () {
  'use strict';
  var me = document.currentScript || document.querySelector('script[src*="/lastclick.js"]');
  var base = new URL(me.src).origin;
  var TARGETS = 'input[name="referral_token"],a[href^="https://buy.stripe.com/"],a[data-lastclick],stripe-buy-button,stripe-pricing-table';
  var token = null, asked = false, turn = 0, search = location.search, mark = /([?&])lastclick_pending=([^&]*)&?/, found, pending, waiting;

  while ((found = mark.exec(search))) {
    pending = found[2];
    search = search.replace(mark, '$1');
  }
  if (pending) history.replaceState(history.state, '', location.pathname + search.replace(/[?&]$/, '') + location.hash);

  // Gives what holds the former value ('' for none) the token, or takes it out where there is none.
  function put(former) {
    document.querySelectorAll(TARGETS).forEach(function (target) {
      var name = target.tagName, attribute = 'client-reference-id', parameter = 'client_reference_id', url;
      if (name === 'INPUT') {
        if (target.value === former) target.value = token || '';
      } else if (name === 'A') {
        try { url = new URL(target.href); } catch (error) { return; }
        if ((url.searchParams.get(parameter) || '') !== former) return;
        if (token) url.searchParams.set(parameter, token);
        else url.searchParams.delete(parameter);
        target.href = url.href;
      } else if ((target.getAttribute(attribute) || '') === former) {
        if (token) target.setAttribute(attribute, token);
        else target.removeAttribute(attribute);
      }
    });
  }

  function take(next) {
    var former = token;
    token = next;
    if (former && former !== next) put(former);
    if (next) put('');
  }

  function scan() {
    waiting = 0;
    if (token) put('');
    else if (!asked && document.querySelector(TARGETS)) ask('/token');
  }

  function ask(path, method, body) {
    var mine = ++turn;
    asked = true;
    return fetch(base + path, { method: method || 'GET', credentials: 'include', body: body }).then(function (answer) {
      if (method === 'DELETE' && !answer.ok) throw new Error('lastclick: ' + answer.status);
      return answer.status === 200 ? answer.json() : {};
    }).then(function (said) {
      // What was asked before the visitor agreed or withdrew comes too late.
      if (mine === turn) take(said.referral_token || null);
      return token;
    }).catch(function (error) {
      if (method === 'DELETE') throw error;
      return null;
    });
  }

  window.lastclick = {
    agree: function () {
      return ask('/consent', 'POST', JSON.stringify(pending ? { pending: pending } : {}));
    },
    withdraw: function () {
      take(null);
      return ask('/consent', 'DELETE');
    }
  };

  function start() {
    scan();
    new MutationObserver(function () {
      waiting = waiting || setTimeout(scan, 30);
    }).observe(document.documentElement, { childList: true, subtree: true });
    ['submit', 'click'].forEach(function (name) { document.addEventListener(name, scan, true); });
  }
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
})();
`;
