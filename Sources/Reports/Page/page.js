'use strict';(()=>{
const d=document,all=(s,e)=>[...(e||d).querySelectorAll(s)],id=i=>d.getElementById(i);
const rows=all('.l tbody tr').map(r=>({r,g:r.closest('.g'),c:r.cells,t:''}));
if(!rows.length)return;
d.documentElement.className='js';
const q=id('q'),bank=id('b'),since=id('s'),say=id('m'),groups=all('.g'),owners=all('.owner');
const counts=all('.k').map(k=>({k,all:k.textContent,of:k.closest('.g')||k.closest('.owner')}));
const button=(text,act)=>{const b=d.createElement('button');b.type='button';b.textContent=text;b.addEventListener('click',act);return b};
const name=o=>(o.c[0].querySelector('i')||o.c[0].firstChild).textContent;
const plain=s=>s.normalize('NFKD').replace(/\p{M}/gu,'').toLowerCase();
for(const n of [...new Set(rows.map(o=>o.c[1].textContent))].sort()){
const o=d.createElement('option');o.textContent=n||'(bank not known)';o.value=n;bank.append(o)}
const clear=button('Clear',()=>{set(new URLSearchParams());keep(false)});id('f').append(clear);
let filled=false;const every=rows.length+(rows.length===1?' account':' accounts');
const apply=()=>{
if(!filled){for(const o of rows)o.t=plain(o.r.textContent+' '+o.g.firstElementChild.textContent);filled=true}
const words=plain(q.value).split(/\s+/).filter(Boolean),b=bank.selectedIndex?bank.value:null,s=since?since.value:'';
const is=words.length||b!==null||s,shown=new Map(),add=k=>shown.set(k,(shown.get(k)||0)+1);
let n=0;
for(const o of rows){
const mark=(o.r.querySelector('th b')||{}).textContent||'';
const ok=(b===null||o.c[1].textContent===b)&&(!s||(s==='n'?/^(new|stuck again)$/:/^(new|stuck again|before: .*)$/).test(mark))
&&words.every(w=>o.t.includes(w));
o.r.hidden=!ok;if(ok){n++;add(o.g);add(o.g.parentNode)}}
for(const g of groups)g.hidden=!shown.has(g);
for(const o of owners)o.hidden=!shown.has(o);
for(const c of counts)c.k.textContent=is?(shown.get(c.of)||0)+' of '+c.all:c.all;
clear.hidden=!is;
say.textContent=!is?every:n?n+' of '+every:'No account matches.'};
const set=p=>{
q.value=p.get('q')||'';bank.selectedIndex=0;
if(p.has('b')){bank.value=p.get('b');if(bank.selectedIndex<0)bank.selectedIndex=0}
if(since){since.value=p.get('s')||'';if(since.selectedIndex<0)since.selectedIndex=0}
apply()};
let typed=false;
const keep=typing=>{
const p=new URLSearchParams();if(q.value)p.set('q',q.value);if(bank.selectedIndex)p.set('b',bank.value);
if(since&&since.value)p.set('s',since.value);
const old=location.href.split('#'),to=old[0]+(''+p&&'#'+p);
if(to!==location.href)history[typing&&typed?'replaceState':'pushState'](null,'',to);
typed=typing};
const read=()=>{
const h=location.hash.slice(1);if(h&&!h.includes('='))return;
typed=false;const p=new URLSearchParams(h);set(p);
for(const r of all('.hit'))r.classList.remove('hit');
if(!p.has('account'))return;
const o=rows.find(o=>name(o)===p.get('account'));
if(!o){say.textContent='This page has no account '+p.get('account')+'.';return}
if(o.r.hidden)set(new URLSearchParams());
o.r.classList.add('hit');
o.r.tabIndex=-1;o.r.scrollIntoView({block:'center'});o.r.focus({preventScroll:true})};
addEventListener('hashchange',read);
let wait;q.addEventListener('input',()=>{clearTimeout(wait);wait=setTimeout(()=>{apply();keep(true)},120)});
for(const e of [bank,since])if(e)e.addEventListener('change',()=>{apply();keep(false)});
d.addEventListener('keydown',e=>{if(e.key==='/'&&!/INPUT|SELECT/.test(e.target.tagName)){e.preventDefault();q.focus()}});
const copy=async(b,text)=>{
try{await navigator.clipboard.writeText(text)}catch{
const t=d.createElement('textarea');t.value=text;b.after(t);t.select();d.execCommand('copy');t.remove();b.focus()}
b.textContent='Copied'};
for(const c of all('.l td code')){
const at=c.closest('tr').cells[1].textContent;
const b=button('Copy message',()=>copy(b,'Hello, we can no longer reach your account'+(at&&' at '+at)+'. Please log in to your bank again: '
+c.textContent+' \u2013 this link is for you alone.'));c.before(b)}
let key=-1,down=false;
const sort=k=>{
down=k===key&&!down;key=k;
const val=o=>k===2?+o.c[2].dataset.s||1/0:k===3?+o.c[3].textContent:o.c[k].textContent||'\uffff';
for(const t of all('.l')){
all('thead th',t).forEach((h,i)=>{if(h.hasAttribute('aria-sort'))
h.setAttribute('aria-sort',i!==k?'none':down?'descending':'ascending')});
const body=t.tBodies[0],part=[...body.rows].map(r=>({r,c:r.cells}));
part.sort((x,y)=>{const a=val(x),b=val(y);return(a<b?-1:a>b?1:0)*(down?-1:1)});
body.append(...part.map(o=>o.r))}};
for(const t of all('.l'))all('thead th',t).forEach((h,k)=>{
if(k>3)return;const b=button(h.textContent,()=>sort(k));
h.textContent='';h.append(b);h.setAttribute('aria-sort','none')});
id('f').hidden=false;clear.hidden=true;say.textContent=every;
if(location.hash.includes('='))read();
})();
