'use strict';(()=>{
const d=document,all=(s,e)=>[...(e||d).querySelectorAll(s)],id=i=>d.getElementById(i);
const rows=all('.l tbody tr').map(r=>({r,g:r.closest('.g'),c:r.cells,t:''}));
if(!rows.length)return;
const q=id('q'),bank=id('b'),since=id('s'),say=id('m'),groups=all('.g');
const names=[...new Set(rows.map(o=>o.c[1].textContent))].sort();
for(const n of names){const o=d.createElement('option');o.textContent=n||'(bank not known)';o.value=n;bank.append(o)}
const fill=()=>{for(const o of rows)
o.t=(o.r.textContent+' '+o.g.firstElementChild.textContent).toLowerCase()};
let filled=false;
const apply=()=>{
if(!filled){fill();filled=true}
const words=q.value.toLowerCase().split(/\s+/).filter(Boolean),b=bank.selectedIndex?bank.value:null,s=since?since.value:'';
let n=0;const seen=new Set();
for(const o of rows){
const mark=(o.r.querySelector('th b')||{}).textContent||'';
const ok=(b===null||o.c[1].textContent===b)&&(!s||(s==='n'?/^(new|stuck again)$/:/^(new|stuck again|before: .*)$/).test(mark))
&&words.every(w=>o.t.includes(w));
o.r.hidden=!ok;if(ok){n++;seen.add(o.g)}}
for(const g of groups)g.hidden=!seen.has(g);
for(const o of all('.owner'))o.hidden=!all('.g',o).some(g=>!g.hidden);
say.textContent=n===rows.length?rows.length+' accounts':n+' of '+rows.length+' accounts'};
let wait;q.addEventListener('input',()=>{clearTimeout(wait);wait=setTimeout(apply,120)});
bank.addEventListener('change',apply);if(since)since.addEventListener('change',apply);
d.addEventListener('keydown',e=>{if(e.key==='/'&&!/INPUT|SELECT/.test(e.target.tagName)){e.preventDefault();q.focus()}});
let key=-1,down=false;
const sort=k=>{
down=k===key&&!down;key=k;
const val=o=>k===3?+o.c[3].textContent:o.c[k].textContent||'\uffff';
for(const t of all('.l')){
all('thead th',t).forEach((h,i)=>{if(h.hasAttribute('aria-sort'))
h.setAttribute('aria-sort',i!==k?'none':down?'descending':'ascending')});
const body=t.tBodies[0],part=[...body.rows].map(r=>({r,c:r.cells}));
part.sort((x,y)=>{const a=val(x),b=val(y);return(a<b?-1:a>b?1:0)*(down?-1:1)});
body.append(...part.map(o=>o.r))}};
for(const t of all('.l'))all('thead th',t).forEach((h,k)=>{
if(k>3)return;const b=d.createElement('button');b.type='button';b.textContent=h.textContent;
h.textContent='';h.append(b);h.setAttribute('aria-sort','none');b.addEventListener('click',()=>sort(k))});
id('f').hidden=false;say.textContent=rows.length+' accounts';
})();
